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
/**
 * Pairs of windows less alike than this are not the same sound. The film's own, through Opus and back, are 0.96 to 0.99;
 * of other sounds some window is always 0.7 alike somewhere. The delay itself may change: the browser shortens its
 * buffer over ten seconds and more.
 */
const ALIKE = 0.85;

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
  const [sent, got] = [spread(here), spread(there)];
  const block = here.blockMs;
  const size = WINDOW_MS / block;
  const between = Math.round((got.start - sent.start) / block);
  const delays = [];
  let windows = 0;
  for (let index = 0; index + size <= got.loudness.length; index += size / 2) {
    windows += 1;
    let best = { like: ALIKE, delay: Number.NaN };
    for (let delay = EARLIEST_MS / block; delay <= LATEST_MS / block; delay += 1) {
      const like = alike(sent.loudness, index + between - delay, got.loudness, index, size);
      if (like > best.like) best = { like, delay: delay * block };
    }
    if (!Number.isNaN(best.delay)) delays.push(best.delay);
  }
  return delays.length > windows / 2 ? percentile(delays, 0.5) : undefined;
}

/** Loudness in decades, a block each from a start on; nothing where blocks are missing. @param {Heard} heard */
function spread({ times, loudness, lag, blockMs }) {
  const start = (times[0] ?? 0) + lag;
  /** @type {(number | undefined)[]} */
  const even = [];
  for (const [i, time] of times.entries()) {
    even[Math.round((time + lag - start) / blockMs)] = Math.log10(Math.max(loudness[i] ?? 0, SILENCE));
  }
  return { start, loudness: even };
}

/**
 * Pearson's correlation of `size` blocks of `a` from `i` on with as many of `b` from `j` on, as far as they are there.
 * @param {(number | undefined)[]} a @param {number} i @param {(number | undefined)[]} b @param {number} j @param {number} size
 */
function alike(a, i, b, j, size) {
  let [count, sumA, sumB, ab, aa, bb] = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < size; k += 1) {
    const [x, y] = [a[i + k], b[j + k]];
    if (x === undefined || y === undefined) continue;
    count += 1;
    sumA += x;
    sumB += y;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (count < size / 2) return 0;
  const spreads = Math.sqrt((aa - (sumA * sumA) / count) * (bb - (sumB * sumB) / count));
  return spreads > 0 ? (ab - (sumA * sumB) / count) / spreads : 0;
}
