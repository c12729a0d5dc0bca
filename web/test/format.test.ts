import assert from "node:assert/strict";
import { test } from "node:test";

import { bitrate, clock, latency, rate, secondsLeft, sentence, shortAddress, size } from "../src/format.ts";

test("bitrates change unit where the digits would", () => {
  assert.deepEqual([0, 840_400, 999_499, 999_500, 2_449_000, 12_300_000].map(bitrate), [
    "0 kbit/s",
    "840 kbit/s",
    "999 kbit/s",
    "1.0 Mbit/s",
    "2.4 Mbit/s",
    "12 Mbit/s",
  ]);
});

test("what was not measured is a dash, never NaN", () => {
  assert.deepEqual(
    [bitrate(NaN), latency(-1), rate(Infinity), size(0, 720), size(undefined, 1)],
    ["–", "–", "–", "–", "–"],
  );
});

test("time on air gets hours only when there are some", () => {
  assert.deepEqual([-5, 999, 62_000, 3_599_999, 3_725_000].map(clock), [
    "0:00",
    "0:00",
    "1:02",
    "59:59",
    "1:02:05",
  ]);
});

test("a countdown reaches zero and stays there", () => {
  assert.deepEqual(
    [secondsLeft(5000, 1), secondsLeft(5000, 4999), secondsLeft(5000, 5000), secondsLeft(5000, 9000)],
    [5, 1, 0, 0],
  );
});

test("latencies and rates are short", () => {
  assert.deepEqual(
    [latency(7.6), latency(999), latency(999.6), latency(1240)],
    ["8 ms", "999 ms", "1.0 s", "1.2 s"],
  );
  assert.deepEqual([rate(29.97), rate(24.6)], ["30 fps", "24.5 fps"]);
});

test("a message becomes one sentence, with one full stop", () => {
  assert.deepEqual(["close that program", "Done.", " why? ", ""].map(sentence), [
    "Close that program.",
    "Done.",
    "Why?",
    "",
  ]);
});

test("an address keeps the ends that people compare", () => {
  assert.equal(shortAddress("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), "0xf39f…2266");
  assert.equal(shortAddress("short"), "short");
});
