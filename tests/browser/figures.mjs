// From what was seen and heard to figures.

import { FILM } from "./film.mjs";

/** @typedef {import("./page/globals.js").Shown} Shown */
/** @typedef {import("./page/globals.js").Heard} Heard */

/** The value that `share` (0 to 1) of them do not exceed. @param {readonly number[]} values @param {number} share */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export function summary(values) {
  return { p50: round(percentile(values, 0.5)), p95: round(percentile(values, 0.95)) };
}

/** To a tenth. @param {number} value */
export const round = (value) => Math.round(value * 10) / 10;

/** Frames that show something new: not the one before again, and readable. @param {readonly Shown[]} frames */
export function distinct(frames) {
  /** @type {(Shown & { number: number })[]} */
  const found = [];
  for (const frame of frames) {
    const { number } = frame;
    if (number !== undefined && number !== found.at(-1)?.number) found.push({ ...frame, number });
  }
  return found;
}

/**
 * When the device made each frame: by its own timestamps, which do not suffer from a busy page, on the page's clock.
 * @param {readonly Shown[]} frames
 */
export function captured(frames) {
  const delays = frames.map(({ at, timestamp = 0 }) => at - timestamp / 1000);
  const least = delays.reduce((a, b) => Math.min(a, b), Infinity);
  return frames.map((frame) => ({ ...frame, at: (frame.timestamp ?? 0) / 1000 + least }));
}

/**
 * How long each distinct frame took from one place to the other, in milliseconds.
 * @param {readonly Shown[]} from @param {readonly Shown[]} to
 */
export function delays(from, to) {
  /** @type {Map<number, number[]>} */
  const starts = new Map();
  for (const { number, at } of distinct(from)) starts.set(number, [...(starts.get(number) ?? []), at]);
  const found = [];
  for (const { number, at } of distinct(to)) {
    // Numbers come again whenever the film does: the last time before.
    const start = starts.get(number)?.findLast((time) => time <= at);
    if (start !== undefined && at - start < (FILM.seconds * 1000) / 2) found.push(at - start);
  }
  return found;
}

/**
 * Interruptions as WebRTC statistics define them: a gap of more than three times the average, and at least 150 ms more.
 * @param {readonly Shown[]} frames
 */
export function freezes(frames) {
  const gaps = frames.slice(1).map(({ at }, i) => at - (frames[i]?.at ?? at));
  const average = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  return gaps.filter((gap) => gap > Math.max(3 * average, average + 150)).length;
}
