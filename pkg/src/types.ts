// What applications see: options in, states and numbers out. Units are in the names or in the comments.

import type { Code } from "./codes.js";
import type { HeadwaterError } from "./errors.js";
import type { PaymentLimits } from "./paying.js";
import type { Wallet } from "./wallet/connection.js";
import type { Network } from "./wallet/network.js";
import type { Provider } from "./wallet/provider.js";
import type { Confirm } from "./wallet/send.js";

/** One thing to watch, as the publisher's signed manifest names it. */
export interface Rendition {
  /** `"source"`, `"480p"`, …: the last segment of its WHEP path. */
  readonly name: string;
  /** In SDP's spelling, lower case: `["h264", "opus"]`. */
  readonly codecs: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Target in bit/s; 0 for the source, whose bitrate its publisher chooses. */
  readonly bitrate: number;
}

/** A rung to ask for: a preset's name (`"P480p30fps16x9"`) or its numbers. */
export type Profile =
  | string
  | {
      /** 1 to 32 letters, digits, `-` or `_`; not `source`. */
      readonly name: string;
      readonly width: number;
      readonly height: number;
      /** In bit/s, 50,000 to 50,000,000. */
      readonly bitrate: number;
      /** Default 30. */
      readonly fps?: number;
    };

/** How a session is doing. */
export type State =
  | { readonly state: "connecting" }
  /** Media flows; `resumed` when it did before. */
  | { readonly state: "live"; readonly resumed: boolean }
  /** Viewers only: the stream has not begun, or has ended; it is picked up by itself when it (re)starts. */
  | { readonly state: "waiting" }
  /** Interrupted; the next try is `after` milliseconds away. */
  | {
      readonly state: "retrying";
      readonly error: HeadwaterError;
      readonly after: number;
      readonly attempt: number;
    }
  /** Over, in order: `closed` (by `stop()`), `stream_ended`, `replaced`. */
  | { readonly state: "ended"; readonly code: Code }
  /** Over, with an error. */
  | { readonly state: "failed"; readonly error: HeadwaterError };

/** Something worth knowing that ends nothing. */
export interface Notice {
  readonly code: Code;
  readonly message: string;
}

/** What is being sent, over the last second. */
export interface PublisherStats {
  /** Video, in bit/s. */
  readonly bitrate: number;
  readonly fps: number;
  /** As encoded, which may be less than the camera's. */
  readonly width: number;
  readonly height: number;
  /** To the orchestrator and back, in milliseconds. */
  readonly rtt?: number;
  /** What the browser's congestion control thinks the uplink carries, in bit/s; where it tells. */
  readonly uplink?: number;
  /** Since the connection began, as the orchestrator reports it. */
  readonly packetsLost: number;
  /** The encoder's name, e.g. `"OpenH264"`. */
  readonly encoder?: string;
  /** `"video/H264"`, `"video/VP8"`. */
  readonly codec?: string;
  /** `"none"`, `"cpu"`, `"bandwidth"` or `"other"`: why it sends less than it was given. */
  readonly qualityLimitationReason?: string;
  /** Audio, in bit/s. */
  readonly audioBitrate: number;
}

/** What is being shown, over the last second. */
export interface ViewerStats {
  /** Video, in bit/s. */
  readonly bitrate: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Since the connection began. */
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly freezeCount: number;
  readonly packetsLost: number;
  /** How long a video frame waited in the jitter buffer, on average, in milliseconds. */
  readonly jitterBufferMs: number;
  /** To the orchestrator and back, in milliseconds. */
  readonly rtt?: number;
  /** `"video/H264"`, `"video/VP8"`. */
  readonly codec?: string;
  /** Audio, in bit/s. */
  readonly audioBitrate: number;
  /** 0 to 1, where the browser tells. */
  readonly audioLevel?: number;
}

/** What every session can be told at its start. */
export interface SessionOptions {
  /** Ends the session when aborted, also while it starts. */
  readonly signal?: AbortSignal;
  /** Called with every state from the first on, so also before the promise resolves. */
  readonly onState?: (state: State) => void;
}

export interface BroadcastOptions extends SessionOptions {
  /** 1 to 64 letters, digits, `-`, `_` or `.`, not starting with a dot. */
  readonly name: string;
  /** What to make of it; default: the orchestrator's ladder (480p, 360p, 240p). `[]`: only `source`. */
  readonly ladder?: readonly Profile[];
  /** A secret that viewers then must show. */
  readonly watchToken?: string;
  /** Video, in bit/s. Default: by size, 2.5 Mbit/s for 1280×720. */
  readonly maxBitrate?: number;
  /**
   * What to give up first when CPU or uplink fall short. Default, by the track's `contentHint`: `maintain-resolution`
   * for `detail` and `text`, else `maintain-framerate`.
   */
  readonly degradation?: "maintain-resolution" | "maintain-framerate" | "balanced";
  /** How much the orchestrator may take, where its work is paid; needs a wallet, a deposit and an approved session key. */
  readonly payment?: PaymentLimits;
}

export interface WatchOptions extends SessionOptions {
  /** How it travels; `"webrtc"` is the only way yet. */
  readonly mode?: "webrtc";
  /** `"source"`, `"480p"`, …; default: `"auto"`, the smallest that fills the element, also when that is resized. */
  readonly rendition?: string;
  /** The watch token, where the publisher asks for one. */
  readonly token?: string;
}

/** Where secrets and counters are kept. `sessionStorage` has this shape; so may an encrypted store. */
export interface Store {
  getItem(name: string): string | null | Promise<string | null>;
  setItem(name: string, value: string): void | Promise<void>;
}

export interface CreateOptions {
  /** Base URL of the orchestrator; default: where the page came from. */
  readonly orchestrator?: string | URL;
  /** Where the WebAssembly is; default: beside the package's own files. */
  readonly wasm?: string | URL | Request | Response | BufferSource | WebAssembly.Module;
  /**
   * The session key's 32 secret bytes; default: kept in `store`, made at first use. Whoever has it can publish under
   * its address.
   */
  readonly key?: Uint8Array;
  /**
   * Default: `sessionStorage`, or memory where there is none; with a wallet `localStorage`, which then has no key in it.
   * What it keeps is not encrypted.
   */
  readonly store?: Store;
  /** The contracts' chain and addresses, or the URL of a file with them. */
  readonly network?: Network | string | URL;
  /**
   * Who pays and stakes: any EIP-1193 provider. It is asked for an account, and the session key is then this wallet's on
   * this network, kept encrypted in IndexedDB. Needs `network`.
   */
  readonly wallet?: Provider | Wallet;
  /** Shows what a transaction does before the wallet opens. Without it, nothing is sent. */
  readonly confirm?: Confirm;
}
