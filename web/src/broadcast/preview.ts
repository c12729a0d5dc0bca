// The picture before and while it is sent: opened, shown, measured, closed.

import type { Store } from "../store.ts";
import { describeProblem } from "../problem.ts";
import { type Meter, meter } from "./level.ts";
import { type Choices, type Opened, open } from "./source.ts";
import type { Action, State } from "./state.ts";

/** One open source at a time, shown in `video`, its sound in `bar`. */
export interface Preview {
  /** What is open. */
  readonly media: MediaStream | undefined;
  /** Opens the store's source instead of whatever is open; false if that fails, which the store is told. */
  open(choices: Choices): Promise<boolean>;
  close(): void;
  mute(muted: boolean): void;
}

/** `ended` is called when the source ends by itself: sharing was stopped, a camera was unplugged. */
export function createPreview(
  store: Store<State, Action>,
  video: HTMLVideoElement,
  bar: HTMLElement,
  ended: () => void,
): Preview {
  let opened: Opened | undefined;
  let loudness: Meter | undefined;
  let asked = 0;

  const close = () => {
    asked += 1;
    loudness?.stop();
    opened?.release();
    opened = loudness = undefined;
    video.srcObject = null;
    store.dispatch({ type: "released" });
  };
  video.addEventListener("resize", () =>
    store.dispatch({ type: "picture", width: video.videoWidth, height: video.videoHeight }),
  );

  return {
    get media() {
      return opened?.media;
    },
    async open(choices) {
      close();
      const ask = asked;
      store.dispatch({ type: "asking" });
      try {
        const fresh = await open(store.state.source, choices);
        // Something else was asked for while the browser was asking.
        if (ask !== asked) {
          fresh.release();
          return false;
        }
        opened = fresh;
        for (const track of fresh.media.getTracks()) {
          track.addEventListener("ended", () => {
            if (opened === fresh) ended();
          });
        }
        video.srcObject = fresh.media;
        loudness = meter(fresh.media, bar);
        store.dispatch({
          type: "captured",
          mirrored: fresh.mirrored,
          microphone: fresh.media.getAudioTracks().length > 0,
        });
        return true;
      } catch (error) {
        if (ask === asked) store.dispatch({ type: "failed", problem: describeProblem(error) });
        return false;
      }
    },
    close,
    mute(muted) {
      for (const track of opened?.media.getAudioTracks() ?? []) track.enabled = !muted;
      store.dispatch({ type: "mute", muted });
    },
  };
}
