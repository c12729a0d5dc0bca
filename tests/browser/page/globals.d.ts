// What `barcode.js` and `probe.js` put into a page.

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

/** Sound that was there. */
export interface Heard {
  readonly blockMs: number;
  /** Root mean square of each block, 0 to 1. */
  readonly loudness: number[];
  /** How many blocks there were when something came, and the time it was. */
  readonly arrivals: [blocks: number, at: number][];
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

export interface Page {
  readonly barcode: Barcode;
  readonly probe: Probe;
}

declare global {
  /** Chromium's, on windows (W3C: mediacapture-transform has it in workers only). */
  class MediaStreamTrackProcessor {
    constructor(init: { track: MediaStreamTrack });
    readonly readable: ReadableStream<VideoFrame | AudioData>;
  }
}
