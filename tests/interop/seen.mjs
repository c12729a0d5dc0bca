// What counts as having been watched.

import assert from "node:assert/strict";

/** The film's. */
const FPS = 25;
/** Of the pictures of the media time that was seen. */
const MOST = 0.9;
/** Opus has 50 pieces a second. */
const PIECES = 50;
/** Quieter than this (-60 dBFS) is silence. */
const SILENCE = 0.001;

/**
 * Nearly every picture and every piece of sound came, in the size that was asked for.
 * @param {import("./aiortc.mjs").Seen} seen @param {number[]} size
 */
export function assertWhole(seen, size) {
  assert.equal(seen.refused, undefined);
  const { video, audio } = seen;
  assert.deepEqual(video.sizes, [size]);
  assert.ok(video.seconds > 2, `${video.seconds} s of pictures`);
  assert.ok(video.frames >= MOST * FPS * video.seconds, `${video.frames} pictures in ${video.seconds} s`);
  assert.ok(audio.seconds > 1, `${audio.seconds} s of sound`);
  assert.ok(audio.frames >= MOST * PIECES * audio.seconds, `${audio.frames} pieces of sound in ${audio.seconds} s`);
  assert.ok(audio.loudness > SILENCE, `loudness ${audio.loudness}`);
}

/**
 * The endpoint said no, and why.
 * @param {{ refused?: import("./aiortc.mjs").Seen["refused"] }} seen @param {number} status @param {string} code
 */
export function assertRefused(seen, status, code) {
  assert.deepEqual([seen.refused?.status, seen.refused?.problem.code], [status, code]);
}
