// Who or what is on stage next: by choice, or because something went away.

import type { Problem } from "../problem.ts";
import type { Store } from "../store.ts";
import { NO_DEVICE } from "./devices.ts";
import type { Session } from "./session.ts";
import type { Choices } from "./source.ts";
import type { Action, Source, State } from "./state.ts";
import type { Part, Studio } from "./studio.ts";

/** What the director has of the form. */
export interface Form {
  choices(): Choices;
  /** Lists the devices anew. */
  list(): Promise<void>;
  pickFile(): void;
}

/** The director. */
export interface Director {
  readonly onAir: boolean;
  /** Before a broadcast, another source is only chosen; during one, it takes over as soon as it is there. */
  choose(source: Source): void;
  switchTo(source: Source): Promise<void>;
  /** Another device was picked from a menu. */
  device(part: Part): Promise<void>;
  /** A source ended by itself: on air something else takes its place, so that the stream goes on. */
  ended(part: Part, source: Source): Promise<void>;
}

const GONE = {
  camera: "The camera is gone",
  screen: "Sharing has stopped",
  file: "The file has ended",
} as const;

/** One director for a studio. */
export function createDirector(
  store: Store<State, Action>,
  studio: Studio,
  session: Session,
  form: Form,
): Director {
  const isOnAir = () => store.state.since !== undefined;
  const notice = (text: string | undefined) => store.dispatch({ type: "notice", text });

  const tell = (problem: Problem | undefined) => {
    if (!isOnAir()) {
      if (problem) store.dispatch({ type: "failed", problem });
      return;
    }
    // Who closes the browser's own question has changed their mind: that is no trouble.
    if (problem?.code !== "camera_denied") notice(problem && `${problem.title}. ${problem.remedy}`);
  };

  const switchTo = async (source: Source) => {
    if (source === "file" && !form.choices().file) {
      // Nothing is switched until a file is picked; until then the old choice is shown.
      store.dispatch({ type: "switching", source });
      store.dispatch({ type: "switching", source: undefined });
      return form.pickFile();
    }
    store.dispatch({ type: "switching", source });
    const problem = await studio.swapPicture(source, form.choices());
    store.dispatch({ type: "switching", source: undefined });
    tell(problem);
    await form.list();
  };

  const pictureEnded = async (source: Source) => {
    const problem = await studio.swapPicture("camera", { ...form.choices(), camera: "" });
    const now = problem
      ? "viewers see its last picture until you choose another source."
      : `viewers see ${source === "camera" ? "another" : "your"} camera now.`;
    notice(`${GONE[source]}: ${now}`);
  };

  const voiceEnded = async () => {
    const problem = await studio.swapVoice({ ...form.choices(), voice: "" });
    if (problem) await studio.swapVoice({ ...form.choices(), voice: NO_DEVICE });
    notice(`The microphone is gone: ${problem ? "viewers hear nothing." : "another one took over."}`);
  };

  return {
    get onAir() {
      return isOnAir();
    },
    choose(source) {
      if (isOnAir()) return void switchTo(source);
      studio.close();
      store.dispatch({ type: "source", source });
    },
    switchTo,
    async device(part) {
      const { preview, source } = store.state;
      if (preview !== "on" || (part === "picture" && source !== "camera")) return;
      const choices = form.choices();
      tell(part === "picture" ? await studio.swapPicture(source, choices) : await studio.swapVoice(choices));
    },
    async ended(part, source) {
      if (!isOnAir()) {
        session.stop();
        return studio.close();
      }
      await form.list();
      await (part === "picture" ? pictureEnded(source) : voiceEnded());
    },
  };
}
