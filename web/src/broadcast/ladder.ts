// The renditions that the page offers to ask for: a menu over the presets of the protocol's ladder.

/** One choice. */
export interface Choice {
  readonly preset: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Target, in bit/s. */
  readonly bitrate: number;
}

/** Largest first, all at the 30 frames a second that cameras deliver. */
export const CHOICES: readonly Choice[] = [
  { preset: "P720p30fps16x9", name: "720p", width: 1280, height: 720, bitrate: 4_000_000 },
  { preset: "P480p30fps16x9", name: "480p", width: 854, height: 480, bitrate: 1_600_000 },
  { preset: "P360p30fps16x9", name: "360p", width: 640, height: 360, bitrate: 1_200_000 },
  { preset: "P240p30fps16x9", name: "240p", width: 426, height: 240, bitrate: 600_000 },
  { preset: "P144p30fps16x9", name: "144p", width: 256, height: 144, bitrate: 400_000 },
];

/** What is ticked at first: the ladder an orchestrator uses when nobody asks for another. */
export const STANDARD: readonly string[] = ["P480p30fps16x9", "P360p30fps16x9", "P240p30fps16x9"];

/** Whether a source of this size is large enough for `choice`; no rung is ever scaled up. */
export function fits(choice: Choice, source: { width: number; height: number } | undefined): boolean {
  if (!source || source.width === 0 || source.height === 0) return true;
  const long = Math.max(source.width, source.height);
  const short = Math.min(source.width, source.height);
  return Math.min(choice.width / long, choice.height / short) <= 1;
}
