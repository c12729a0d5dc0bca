// What the contracts say that everybody has, at the end of each of hundreds of rounds, is what an exact second
// implementation of their specification says: never more, and less only by what rounding may take.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Network } from "../model/network.mjs";
import { read, STEPS } from "../model/trace.mjs";

/** @typedef {import("../model/trace.mjs").Step} Step */

const FOLDER = join(import.meta.dirname, "../../target/forge/trace");
const COUNT = process.env.FOUNDRY_PROFILE === "long" ? 12 : 2;
const TRACES = Array.from({ length: COUNT }, (_, i) => ({ name: i + 1, steps: open(`${i + 1}.txt`) }));

/** @param {string} file */
function open(file) {
  try {
    return read(readFileSync(join(FOLDER, file), "utf8"));
  } catch (error) {
    throw new Error(`no trace ${file}: run forge test first`, { cause: error });
  }
}

/** @param {Step[]} steps */
function follow([first, ...steps]) {
  const network = new Network(first?.words ?? {});
  for (const { kind, words } of steps) {
    // @ts-expect-error each kind is a method.
    network[kind](words);
  }
  return network;
}

for (const { name, steps } of TRACES) {
  test(`trace ${name}: everybody has what is exact, less what rounding takes`, (t) => {
    const { widest } = follow(steps);
    t.diagnostic(`at most ${widest.stake} wei of a stake and ${widest.fees} wei of fees less than exact`);
  });

  test(`trace ${name} has every kind of step`, () => {
    for (const kind of STEPS.slice(1)) {
      const count = steps.filter((step) => step.kind === kind).length;
      assert.ok(count >= 10, `${kind}: ${count}`);
    }
    assert.ok(steps.filter(({ kind }) => kind === "round").length >= 300, "hundreds of rounds");
  });
}

test("a wei too much, a coin too little or a reward left out is noticed", () => {
  const steps = TRACES[0]?.steps ?? [];
  const { widest } = follow(steps);
  const refused = (/** @type {Step[]} */ tampered) => assert.throws(() => follow(tampered), assert.AssertionError);
  refused(tampered(steps, "account", "stake", widest.stake + 1n));
  refused(tampered(steps, "account", "stake", -(10n ** 6n)));
  refused(tampered(steps, "account", "fees", widest.fees + 1n));
  refused(tampered(steps, "account", "fees", -(10n ** 6n)));
  refused(tampered(steps, "account", "votes", 1n << 64n));
  refused(tampered(steps, "reward", "minted", 1n));
  refused(tampered(steps, "slash", "burned", 10n ** 6n));
  refused(tampered(steps, "totals", "nextTotal", 1n));
  refused(steps.toSpliced(steps.findLastIndex(({ kind }) => kind === "reward"), 1));
  refused(steps.toSpliced(steps.findLastIndex(({ kind }) => kind === "fees"), 1));
});

/**
 * The same with the last such word, that is not 0, changed.
 * @param {Step[]} steps @param {string} kind @param {string} word @param {bigint} change
 */
function tampered(steps, kind, word, change) {
  const at = steps.findLastIndex((step) => step.kind === kind && (step.words[word] ?? 0n) > 10n ** 6n);
  assert.ok(at >= 0, `a ${kind} with a ${word}`);
  const { words = {} } = steps[at] ?? {};
  return steps.with(at, { kind, words: { ...words, [word]: (words[word] ?? 0n) + change } });
}
