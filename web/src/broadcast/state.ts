// What the broadcast page is doing, and how events change it.

import type { PaymentTotals } from "@headwater/light-node";

import { push } from "../history.ts";
import type { Problem } from "../problem.ts";

/** Where the picture comes from. */
export type Source = "camera" | "screen" | "file";

/** The broadcast itself. `setup` is before and after one. */
export type Phase =
  | { readonly at: "setup" }
  | { readonly at: "connecting" }
  | { readonly at: "live" }
  | {
      readonly at: "reconnecting";
      readonly problem: Problem;
      readonly attempt: number;
      readonly retryAt: number;
    };

/** Something to watch, as the orchestrator offered it. */
export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Target in bit/s; 0 for the source. */
  readonly bitrate: number;
}

/** What is being sent, measured over the last second. */
export interface Sent {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fps: number;
  readonly bitrate: number;
  /** Milliseconds; unknown until the first report comes back. */
  readonly rtt: number | undefined;
  /** What the uplink is thought to carry, in bit/s; not every browser tells. */
  readonly uplink: number | undefined;
  readonly packetsLost: number;
  /** Why the browser sends less than it was asked to; nothing if it does not. */
  readonly limitedBy: string | undefined;
}

/** Everything the views show. */
export interface State {
  readonly source: Source;
  /** The preview: none, being asked for, or running with a picture of this size. */
  readonly preview: "off" | "asking" | "on";
  readonly picture: { readonly width: number; readonly height: number } | undefined;
  /** Whether the preview may be a mirror, and whether the person at it wants one. Viewers never see it mirrored. */
  readonly mirrorable: boolean;
  readonly mirror: boolean;
  /** The source that is being opened while another is on air. */
  readonly switching: Source | undefined;
  readonly microphone: "none" | "on" | "muted";
  readonly ladder: ReadonlySet<string>;
  readonly phase: Phase;
  /** When this broadcast first went live, by the page's clock. */
  readonly since: number | undefined;
  /** The stream's id while there is a broadcast. */
  readonly stream: string | undefined;
  readonly renditions: readonly Rendition[];
  readonly sent: Sent | undefined;
  /** For how many reports in a row `sent.limitedBy` has been the same. */
  readonly limitedFor: number;
  readonly bitrates: readonly number[];
  readonly rates: readonly number[];
  /** What the orchestrator was paid with in this broadcast or the last one; nothing where nothing was. */
  readonly paid: PaymentTotals | undefined;
  /** What each payment was worth, in 10^-9 of the currency. */
  readonly payments: readonly number[];
  /** The orchestrator's claims of work that can be kept; those of the last broadcast too. */
  readonly receipts: number;
  readonly problem: Problem | undefined;
  readonly notice: string | undefined;
}

/** What can happen. */
export type Action =
  | { readonly type: "source"; readonly source: Source }
  | { readonly type: "asking" }
  | {
      readonly type: "captured";
      readonly source: Source;
      readonly mirrorable: boolean;
      readonly microphone: boolean;
    }
  | { readonly type: "switching"; readonly source: Source | undefined }
  | { readonly type: "mirror"; readonly on: boolean }
  | { readonly type: "released" }
  | { readonly type: "picture"; readonly width: number; readonly height: number }
  | { readonly type: "mute"; readonly muted: boolean }
  | { readonly type: "rung"; readonly preset: string; readonly wanted: boolean }
  | { readonly type: "connecting" }
  | { readonly type: "live"; readonly now: number; readonly stream: string }
  | {
      readonly type: "retrying";
      readonly problem: Problem;
      readonly attempt: number;
      readonly retryAt: number;
    }
  | { readonly type: "renditions"; readonly renditions: readonly Rendition[] }
  | { readonly type: "sent"; readonly sent: Sent }
  | { readonly type: "paid"; readonly paid: PaymentTotals }
  | { readonly type: "receipts"; readonly count: number }
  | { readonly type: "notice"; readonly text: string | undefined }
  | { readonly type: "failed"; readonly problem: Problem }
  | { readonly type: "dismissed" }
  | { readonly type: "stopped" };

/** The page as it opens. */
export function initial(ladder: readonly string[]): State {
  return {
    source: "camera",
    preview: "off",
    picture: undefined,
    mirrorable: false,
    mirror: true,
    switching: undefined,
    microphone: "none",
    ladder: new Set(ladder),
    phase: { at: "setup" },
    ...nothingSent,
    ...nothingPaid,
    problem: undefined,
  };
}

const nothingSent = {
  since: undefined,
  stream: undefined,
  renditions: [],
  sent: undefined,
  limitedFor: 0,
  bitrates: [],
  rates: [],
  notice: undefined,
} satisfies Partial<State>;

const nothingPaid = { paid: undefined, payments: [], receipts: 0 } satisfies Partial<State>;

/** The state after `action`. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "source":
      return { ...state, source: action.source, problem: undefined };
    case "asking":
      return { ...state, preview: "asking", problem: undefined };
    case "captured": {
      const { source, mirrorable } = action;
      const heard = state.microphone === "muted" ? "muted" : "on";
      return { ...state, preview: "on", source, mirrorable, microphone: action.microphone ? heard : "none" };
    }
    case "switching":
      return { ...state, switching: action.source };
    case "mirror":
      return { ...state, mirror: action.on };
    case "released":
      return { ...state, preview: "off", picture: undefined, mirrorable: false, microphone: "none" };
    case "picture":
      return { ...state, picture: { width: action.width, height: action.height } };
    case "mute":
      return state.microphone === "none" ? state : { ...state, microphone: action.muted ? "muted" : "on" };
    case "rung": {
      const ladder = new Set(state.ladder);
      if (action.wanted) ladder.add(action.preset);
      else ladder.delete(action.preset);
      return { ...state, ladder };
    }
    case "connecting":
      return state.phase.at === "reconnecting"
        ? state
        : {
            ...state,
            phase: { at: "connecting" },
            ...(state.phase.at === "setup" ? nothingPaid : {}),
            problem: undefined,
          };
    case "live":
      return {
        ...state,
        phase: { at: "live" },
        since: state.since ?? action.now,
        stream: action.stream,
        problem: undefined,
      };
    case "retrying": {
      const { problem, attempt, retryAt } = action;
      return { ...state, phase: { at: "reconnecting", problem, attempt, retryAt } };
    }
    case "renditions":
      return { ...state, renditions: action.renditions };
    case "sent":
      return {
        ...state,
        sent: action.sent,
        limitedFor: state.sent?.limitedBy === action.sent.limitedBy ? state.limitedFor + 1 : 1,
        bitrates: push(state.bitrates, action.sent.bitrate),
        rates: push(state.rates, action.sent.fps),
      };
    case "paid": {
      const { paid } = action;
      const more = paid.value - (state.paid?.value ?? 0n);
      const payments = more > 0n ? push(state.payments, Number(more) / 1e9) : state.payments;
      return { ...state, paid, payments };
    }
    case "receipts":
      return { ...state, receipts: action.count };
    case "notice":
      return { ...state, notice: action.text };
    case "failed": {
      const preview = state.preview === "asking" ? "off" : state.preview;
      return { ...state, ...nothingSent, preview, phase: { at: "setup" }, problem: action.problem };
    }
    case "dismissed":
      return { ...state, problem: undefined };
    case "stopped":
      return { ...state, ...nothingSent, phase: { at: "setup" } };
  }
}

/** Whether a broadcast is under way, in whatever condition. */
export function isBroadcasting(state: State): boolean {
  return state.phase.at !== "setup";
}
