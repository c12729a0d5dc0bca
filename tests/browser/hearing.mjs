// Whether there is sound, and how long it took.

import { percentile } from "./figures.mjs";

/** @typedef {import("./page/globals.js").Heard} Heard */

/** Quieter than this (-66 dBFS) is silence, also to a limiter. */
const SILENCE = 0.0005;
/** Sound that varies less than this, loud moments to quiet ones, is a tone or a hum. */
const VARIATION = 1.5;
/** How far behind the capture sound is looked for, in blocks; and ahead, where it would mean a broken clock. */
const LATEST_MS = 1_500;
const EARLIEST_MS = -100;
/** Windows that are compared on their own: long enough to hold a few events of the film. */
const WINDOW_MS = 4_000;
/** Pairs of windows less alike than this are not the same sound. */
const ALIKE = 0.6;
/** Any two sounds are alike somewhere, but not at the same delay again and again: most windows have to agree on it. */
const AGREED_MS = 40;

/** Whether a track carried sound: loud enough, and not always alike. @param {Heard | undefined} heard */
export function audible(heard) {
  if (heard === undefined || heard.loudness.length === 0) return false;
  const loud = percentile(heard.loudness, 0.9);
  return loud > SILENCE && loud > VARIATION * percentile(heard.loudness, 0.1);
}

/**
 * How much later `there` the same sound came than `here`, in milliseconds; nothing if it was not the same.
 * @param {Heard} here @param {Heard} there
 */
export function soundDelay(here, there) {
  const block = here.blockMs;
  const first = timeOf(there, 0);
  const last = timeOf(there, there.loudness.length);
  const delays = [];
  let windows = 0;
  for (let start = first; start + WINDOW_MS <= last; start += WINDOW_MS / 2) {
    const heard = spread(there, start, WINDOW_MS);
    let best = { like: ALIKE, delay: Number.NaN };
    for (let delay = EARLIEST_MS; delay <= LATEST_MS; delay += block) {
      const like = alike(spread(here, start - delay, WINDOW_MS), heard);
      if (like > best.like) best = { like, delay };
    }
    windows += 1;
    if (!Number.isNaN(best.delay)) delays.push(best.delay);
  }
  const delay = percentile(delays, 0.5);
  const agreeing = delays.filter((other) => Math.abs(other - delay) <= AGREED_MS).length;
  return agreeing > windows / 2 ? delay : undefined;
}

/**
 * When block `index` was heard: by the arrivals of the second around it, so that neither one late arrival nor a gap
 * long ago matters.
 * @param {Heard} heard @param {number} index
 */
function timeOf({ arrivals, blockMs }, index) {
  const near = arrivals.filter(([blocks]) => Math.abs(blocks - index) * blockMs < 500);
  const some = near.length > 0 ? near : arrivals;
  return index * blockMs + percentile(some.map(([blocks, at]) => at - blocks * blockMs), 0.5);
}

/** Loudness, in decades, from a time on. @param {Heard} heard @param {number} start @param {number} length */
function spread(heard, start, length) {
  const { blockMs, loudness } = heard;
  const near = Math.round((start - timeOf(heard, 0)) / blockMs);
  const index = Math.round(near + (start - timeOf(heard, near)) / blockMs);
  return Array.from({ length: length / blockMs }, (_, i) => Math.log10(Math.max(loudness[index + i] ?? 0, SILENCE)));
}

/** Pearson's correlation. @param {number[]} a @param {number[]} b */
function alike(a, b) {
  const mean = (/** @type {number[]} */ of) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[i] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb || Infinity);
}
