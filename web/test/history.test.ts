import assert from "node:assert/strict";
import { test } from "node:test";

import { LENGTH, ceiling, push } from "../src/history.ts";
import { geometry } from "../src/plot.ts";

test("a history keeps the last minute and no more", () => {
  let samples: readonly number[] = [];
  for (let i = 1; i <= LENGTH + 5; i += 1) samples = push(samples, i);
  assert.equal(samples.length, LENGTH);
  assert.deepEqual([samples[0], samples.at(-1)], [6, LENGTH + 5]);
});

test("what is no number is drawn as nothing", () => {
  assert.deepEqual(push(push([], NaN), -3), [0, 0]);
});

test("an axis ends above its samples, at a round number, and not below its floor", () => {
  assert.equal(ceiling([], 30), 30);
  assert.equal(ceiling([30], 30), 40);
  assert.equal(ceiling([2_400_000], 500_000), 3_000_000);
  assert.equal(ceiling([9], 1), 15);
});

test("a plot grows from the right edge and stays in its box", () => {
  assert.deepEqual(geometry([], 10), { line: "", area: "" });
  const { line, area } = geometry([0, 5, 20], 10);
  assert.ok(line.endsWith("L240.0 1.0"), line);
  assert.ok(line.startsWith("M231.9 47.0L235.9 24.0"), line);
  assert.ok(area.startsWith(line) && area.endsWith("Z"));
});
