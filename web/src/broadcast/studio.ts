// What is on stage before and while it is sent: opened, shown, exchanged, measured, closed.

import { type Problem, describeProblem } from "../problem.ts";
import type { Store } from "../store.ts";
import { type Meter, meter } from "./level.ts";
import { type Mix, mix } from "./sound.ts";
import { type Choices, type Picture, type Voice, openBoth, openPicture, openVoice } from "./source.ts";
import type { Action, Source, State } from "./state.ts";

/** Which part of what is sent. */
export type Part = "picture" | "voice";

/** One picture and one sound at a time, shown in a video element. */
export interface Studio {
  /** What is open. */
  readonly media: MediaStream | undefined;
  /** Opens the store's source instead of whatever is open; false if that fails, which the store is told. */
  open(choices: Choices): Promise<boolean>;
  /** Puts another picture on stage; the one before stays until it is there. What went wrong, if anything did. */
  swapPicture(source: Source, choices: Choices): Promise<Problem | undefined>;
  /** The same for the microphone. */
  swapVoice(choices: Choices): Promise<Problem | undefined>;
  close(): void;
  mute(muted: boolean): void;
}

/** What others do with what is on stage. */
export interface Audience {
  /** Another picture is on stage. */
  picture(track: MediaStreamTrack): void;
  /** Another sound is, or none. */
  sound(track: MediaStreamTrack | undefined): void;
  /** Something ended by itself: sharing was stopped, a device was unplugged. */
  ended(part: Part, source: Source): void;
}

/** A studio that shows itself in `video` and its loudness in `bar`. */
export function createStudio(
  store: Store<State, Action>,
  video: HTMLVideoElement,
  bar: HTMLElement,
  audience: Audience,
): Studio {
  let picture: Picture | undefined;
  let voice: Voice | undefined;
  let sound: Mix | undefined;
  let loudness: Meter | undefined;
  let media: MediaStream | undefined;
  let asked = 0;

  video.addEventListener("resize", () =>
    store.dispatch({ type: "picture", width: video.videoWidth, height: video.videoHeight }),
  );

  const close = () => {
    asked += 1;
    loudness?.stop();
    sound?.stop();
    picture?.release();
    voice?.release();
    picture = voice = sound = loudness = media = undefined;
    video.srcObject = null;
    store.dispatch({ type: "released" });
  };

  const present = () => {
    if (!picture) return;
    // A new stream each time: elements follow a change of stream more surely than one of its tracks.
    media = new MediaStream(sound ? [picture.track, sound.track] : [picture.track]);
    video.srcObject = media;
    store.dispatch({
      type: "captured",
      source: picture.source,
      mirrorable: picture.mirrorable,
      microphone: sound !== undefined,
    });
  };

  const hear = () => {
    const before = sound;
    loudness?.stop();
    const parts = [voice?.track, picture?.sound].filter((track) => track !== undefined);
    sound = mix(parts);
    if (sound) sound.track.enabled = store.state.microphone !== "muted";
    loudness = sound && meter(sound.track, bar);
    audience.sound(sound?.track);
    if (before?.track !== sound?.track) before?.stop();
  };

  const show = (fresh: Picture) => {
    const before = picture;
    picture = fresh;
    fresh.track.addEventListener("ended", () => {
      if (picture === fresh) audience.ended("picture", fresh.source);
    });
    audience.picture(fresh.track);
    if (before?.sound || fresh.sound) hear();
    before?.release();
  };

  const speak = (fresh: Voice | undefined) => {
    const before = voice;
    voice = fresh;
    fresh?.track.addEventListener("ended", () => {
      if (voice === fresh) audience.ended("voice", store.state.source);
    });
    hear();
    before?.release();
  };

  /** Opens something and puts it on stage, unless something else was asked for meanwhile. */
  const exchange = async <T extends { release(): void } | undefined>(
    opening: () => Promise<T>,
    place: (fresh: T) => void,
  ): Promise<Problem | undefined> => {
    const ask = ++asked;
    try {
      const fresh = await opening();
      if (ask !== asked) fresh?.release();
      else {
        place(fresh);
        present();
      }
      return undefined;
    } catch (error) {
      return ask === asked ? describeProblem(error) : undefined;
    }
  };

  return {
    get media() {
      return media;
    },
    async open(choices) {
      close();
      const ask = asked;
      store.dispatch({ type: "asking" });
      try {
        const { source } = store.state;
        const both =
          source === "camera"
            ? await openBoth(choices)
            : { picture: await openPicture(source, choices), voice: undefined };
        // Who shows a screen talks about it; without a microphone it is shown all the same.
        const spoken = source === "screen" ? await openVoice(choices).catch(() => undefined) : both.voice;
        if (ask !== asked) {
          both.picture.release();
          spoken?.release();
          return false;
        }
        show(both.picture);
        speak(spoken);
        present();
        return true;
      } catch (error) {
        if (ask === asked) store.dispatch({ type: "failed", problem: describeProblem(error) });
        return false;
      }
    },
    async swapPicture(source, choices) {
      const fresh = () => openPicture(source, choices);
      const problem = await exchange(fresh, show);
      if (problem?.code !== "camera_busy" || source !== "camera" || picture?.source !== "camera") return problem;
      // Some phones run one camera at a time.
      picture.release();
      return exchange(fresh, show);
    },
    swapVoice: (choices) => exchange(() => openVoice(choices), speak),
    close,
    mute(muted) {
      if (sound) sound.track.enabled = !muted;
      store.dispatch({ type: "mute", muted });
    },
  };
}
