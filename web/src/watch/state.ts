// What the watch page is doing, and how events change it.

import { push } from "../history.ts";
import type { Problem } from "../problem.ts";

/** The viewer's session. */
export type Phase =
  /** No stream is named: the page asks for one. */
  | { readonly at: "nowhere" }
  | { readonly at: "connecting" }
  /** Nobody publishes; `before` says whether somebody did while this page was open. */
  | { readonly at: "waiting"; readonly before: boolean }
  | { readonly at: "live" }
  | { readonly at: "reconnecting"; readonly problem: Problem; readonly retryAt: number }
  | { readonly at: "ended" }
  | { readonly at: "failed"; readonly problem: Problem };

/** Something to watch. */
export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Target in bit/s; 0 for the source. */
  readonly bitrate: number;
}

/** What is being received, measured over the last second. */
export interface Received {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fps: number;
  readonly bitrate: number;
  /** From the orchestrator to this screen, in milliseconds. */
  readonly latency: number | undefined;
  readonly freezes: number;
  readonly framesDropped: number;
}

/** Everything the views show. */
export interface State {
  readonly phase: Phase;
  readonly wasLive: boolean;
  readonly renditions: readonly Rendition[];
  /** The rendition that plays, and the one that was just asked for. */
  readonly playing: string | undefined;
  readonly switching: string | undefined;
  /** Whether the player's size decides what plays. */
  readonly auto: boolean;
  readonly received: Received | undefined;
  readonly bitrates: readonly number[];
  readonly rates: readonly number[];
  readonly latencies: readonly number[];
  readonly muted: boolean;
  /** Muted by the browser's autoplay rule and not by the viewer. */
  readonly hushed: boolean;
  readonly volume: number;
  readonly paused: boolean;
  readonly fullscreen: boolean;
}

/** What can happen. */
export type Action =
  | { readonly type: "nowhere" }
  | { readonly type: "connecting" }
  | { readonly type: "waiting" }
  | { readonly type: "live" }
  | { readonly type: "retrying"; readonly problem: Problem; readonly retryAt: number }
  | { readonly type: "ended" }
  | { readonly type: "failed"; readonly problem: Problem }
  | {
      readonly type: "renditions";
      readonly renditions: readonly Rendition[];
      readonly playing: string | undefined;
    }
  | { readonly type: "switching"; readonly rendition: string }
  | { readonly type: "switched"; readonly rendition: string | undefined; readonly auto: boolean }
  | { readonly type: "received"; readonly received: Received; readonly playing: string }
  | { readonly type: "sound"; readonly muted: boolean; readonly volume: number; readonly hushed: boolean }
  | { readonly type: "paused"; readonly paused: boolean }
  | { readonly type: "fullscreen"; readonly on: boolean };

/** The page as it opens. */
export const initial: State = {
  phase: { at: "connecting" },
  wasLive: false,
  renditions: [],
  playing: undefined,
  switching: undefined,
  auto: true,
  received: undefined,
  bitrates: [],
  rates: [],
  latencies: [],
  muted: false,
  hushed: false,
  volume: 1,
  paused: false,
  fullscreen: false,
};

/** The state after `action`. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "nowhere":
      return { ...initial, phase: { at: "nowhere" } };
    case "connecting":
      // Reconnecting and waiting are what the viewer cares about; each of their tries is not.
      return state.phase.at === "reconnecting" || state.phase.at === "waiting"
        ? state
        : { ...state, phase: { at: "connecting" } };
    case "waiting":
      return { ...state, ...nothingReceived, phase: { at: "waiting", before: state.wasLive } };
    case "live":
      return { ...state, phase: { at: "live" }, wasLive: true };
    case "retrying":
      return { ...state, phase: { at: "reconnecting", problem: action.problem, retryAt: action.retryAt } };
    case "ended":
      return { ...state, ...nothingReceived, phase: { at: "ended" } };
    case "failed":
      return { ...state, ...nothingReceived, phase: { at: "failed", problem: action.problem } };
    case "renditions":
      return { ...state, renditions: action.renditions, playing: action.playing ?? state.playing };
    case "switching":
      return { ...state, switching: action.rendition };
    case "switched":
      return {
        ...state,
        switching: undefined,
        auto: action.auto,
        playing: action.rendition ?? state.playing,
      };
    case "received":
      return {
        ...state,
        playing: action.playing,
        received: action.received,
        bitrates: push(state.bitrates, action.received.bitrate),
        rates: push(state.rates, action.received.fps),
        latencies: push(state.latencies, action.received.latency ?? 0),
      };
    case "sound":
      return { ...state, muted: action.muted, volume: action.volume, hushed: action.hushed };
    case "paused":
      return { ...state, paused: action.paused };
    case "fullscreen":
      return { ...state, fullscreen: action.on };
  }
}

const nothingReceived = {
  received: undefined,
  bitrates: [],
  rates: [],
  latencies: [],
  switching: undefined,
} satisfies Partial<State>;
