// The measuring tools themselves: what they find when it is there, and that they find nothing when it is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { barcode } from "./barcode.mjs";
import { delays, distinct, freezes, percentile } from "./figures.mjs";
import { audible, soundDelay } from "./hearing.mjs";

/** Numbers between 0 and 1 that are the same on every run. @param {number} seed */
function* noise(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A luma plane as a rung shows it: scaled to its width, darkened, noisy. @param {number} number @param {number} width */
function rung(number, width) {
  const full = new Uint8Array(1280 * 64);
  barcode.drawPlane(full, 1280, number);
  const dirt = noise(number + 1);
  const height = Math.floor((64 * width) / 1280);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [Math.floor(((i % width) * 1280) / width), Math.floor((Math.floor(i / width) * 1280) / width)];
    return 30 + 0.6 * (full[y * 1280 + x] ?? 0) + 40 * (dirt.next().value ?? 0);
  });
}

test("the barcode is read from every rung, scaled and noisy", () => {
  for (const width of [1280, 854, 640, 426]) {
    for (const number of [0, 1, 131, 4_711, 65_535]) {
      const read = barcode.read(rung(number, width), { offset: 0, stride: width, step: 1 }, width);
      assert.equal(read, number, `at ${width} pixels`);
    }
  }
});

test("pictures without a barcode, or with a damaged one, have no number", () => {
  const layout = { offset: 0, stride: 1280, step: 1 };
  const dirt = noise(7);
  assert.equal(barcode.read(Uint8Array.from({ length: 1280 * 64 }, () => 255 * (dirt.next().value ?? 0)), layout, 1280), undefined);
  const plane = new Uint8Array(1280 * 64);
  barcode.drawPlane(plane, 1280, 1_000);
  for (let y = 0; y < 64; y += 1) {
    // One cell and its opposite the other way round.
    for (let x = 96; x < 128; x += 1) plane[y * 1280 + x] = 255 - (plane[y * 1280 + x] ?? 0);
  }
  assert.equal(barcode.read(plane, layout, 1280), undefined);
});

/** @param {number[]} times @param {number} [first] */
const frames = (times, first = 0) => times.map((at, i) => ({ at, width: 1, height: 1, number: (first + i) % 132 }));

test("delays are found across the film's end, and not for frames that were never sent", () => {
  const times = Array.from({ length: 300 }, (_, i) => 1_000 + 40 * i);
  const shown = frames(times.map((at) => at + 30));
  const found = delays(frames(times), shown);
  assert.equal(found.length, 300);
  assert.ok(found.every((delay) => delay === 30));
  assert.equal(delays(frames(times.slice(0, 10)), frames([5_000], 77)).length, 0);
});

test("a frame that stays is one frame, and a long stay is a freeze", () => {
  const times = Array.from({ length: 50 }, (_, i) => 40 * i);
  const smooth = frames(times);
  assert.equal(freezes(smooth), 0);
  const stuck = frames(times.map((at, i) => (i < 25 ? at : at + 400)));
  assert.equal(freezes(stuck), 1);
  assert.equal(distinct([...smooth, ...smooth.slice(-1)]).length, 50);
});

/**
 * Twelve seconds of something with events in it, as a probe hears it.
 * @param {number} seed @param {number} late @param {number} [volume]
 */
function sound(seed, late, volume = 0.2) {
  const dirt = noise(seed);
  let level = 0;
  const loudness = Array.from({ length: 2_400 }, () => {
    level = 0.97 * level + 0.03 * (dirt.next().value ?? 0) ** 8;
    return volume * level;
  });
  // Now and then a busy page loses 50 ms.
  const kept = loudness.map((_, i) => i).filter((i) => i % 200 >= 10);
  const times = kept.map((i) => 10_000 + i * 5 + late - 7);
  return { blockMs: 5, times, loudness: kept.map((i) => loudness[i] ?? 0), lag: 7 };
}

test("sound is found again where it is, however quiet, and other sound is not", () => {
  for (const late of [0, 35, 240, 900]) {
    const delay = soundDelay(sound(1, 0), sound(1, late, 0.1)) ?? Number.NaN;
    assert.ok(Math.abs(delay - late) <= 5, `${delay} instead of ${late}`);
  }
  assert.equal(soundDelay(sound(1, 0), sound(2, 100)), undefined);
});

test("silence and a steady hum are not taken for sound", () => {
  assert.ok(audible(sound(1, 0)));
  assert.ok(!audible(sound(1, 0, 0.0001)));
  const hum = sound(1, 0);
  assert.ok(!audible({ ...hum, loudness: hum.loudness.map(() => 0.1) }));
  assert.ok(!audible(undefined));
});

test("percentiles are values that were measured", () => {
  assert.equal(percentile([3, 1, 2], 0.5), 2);
  assert.equal(percentile([5], 0.95), 5);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});
