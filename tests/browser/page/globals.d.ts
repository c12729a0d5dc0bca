// What this folder's scripts put into a page.

import type * as Headwater from "@headwater/light-node";

export interface Barcode {
  drawPlane(plane: Uint8Array, width: number, value: number): void;
  drawCanvas(canvas: CanvasRenderingContext2D, value: number): void;
  strip(width: number): { x: number; y: number; width: number; height: number };
  read(
    bytes: Uint8Array,
    layout: { offset: number; stride: number; step: number },
    width: number,
  ): number | undefined;
  readFrame(frame: VideoFrame): Promise<number | undefined>;
}

/** A frame that was there. */
export interface Shown {
  /** Milliseconds since 1970. */
  at: number;
  width: number;
  height: number;
  /** By its barcode; nothing if it could not be read. */
  number: number | undefined;
  /** Of captured frames: when the device made them, in microseconds of a clock of its own. */
  timestamp?: number;
}

/** Sound that was there, in blocks. */
export interface Heard {
  readonly blockMs: number;
  /** When each block began by the track's own clock, in milliseconds since 1970. Some may be missing. */
  readonly times: number[];
  /** Root mean square of each block, 0 to 1. */
  readonly loudness: number[];
  /** How far, at the least, the track's clock was behind the page's. */
  lag: number;
}

export interface Probe {
  screen(video: HTMLVideoElement): Shown[];
  capture(track: MediaStreamTrack): Shown[];
  sound(track: MediaStreamTrack): Heard;
  /** Times, in milliseconds since 1970. */
  posts(path: string): number[];
  /** What is being observed. */
  frames?: Shown[];
  heard?: Heard;
}

/** The test page's own, `stage.js`; and the package, whole. */
export interface Stage extends Omit<typeof Headwater, never> {
  readonly orchestrator: string;
  pattern(options?: { width?: number; height?: number; fps?: number; from?: number }): MediaStream;
  tone(): MediaStreamTrack[];
  screen(): Screen;
  outcome(promise: Promise<unknown>): Promise<string>;
  note(who: string): (state: Headwater.State) => void;
  readonly told: unknown[];
}

/** The latency bench's, `rehearsal.js`. */
export interface Rehearsal {
  /** When each picture was drawn. */
  readonly drawn: Shown[];
  stageFilm(): Promise<MediaStream>;
  sendDirectly(media: MediaStream): Promise<string>;
  receiveDirectly(offer: string, video: HTMLVideoElement): Promise<string>;
  connectDirectly(answer: string): Promise<void>;
}

export interface Screen {
  readonly video: HTMLVideoElement;
  readonly frames: Shown[];
}

declare global {
  var barcode: Barcode;
  var probe: Probe;
  var stage: Stage;
  var rehearsal: Rehearsal;
  // What tests keep in the page between one step and the next.
  var node: Headwater.LightNode;
  var live: Headwater.Broadcast;
  var view: Headwater.View;
  var screens: Record<string, Screen>;
  var media: MediaStream;
  var direct: RTCPeerConnection;
  var connections: RTCPeerConnection[];
  var deletions: number[];
  /** Requests to sessions, as `METHOD status`. */
  var requests: string[];
  /** A wallet that announced itself. */
  var testWallet: {
    emit(event: string, detail: unknown): void;
    allow(): void;
    choose(account: string): void;
  };

  /** Chromium's, on windows (W3C: mediacapture-transform has it in workers only). */
  class MediaStreamTrackProcessor {
    constructor(init: { track: MediaStreamTrack });
    readonly readable: ReadableStream<VideoFrame | AudioData>;
  }
}
