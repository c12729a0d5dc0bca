// The tests that the specification names are there.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");

const suites = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sol"))
  .map((file) => readFileSync(join(ROOT, "test", file), "utf8"))
  .join("\n");

/** What of these a text names in vain. @param {string} text */
function missing(text) {
  const functions = text.match(/\b(?:test|testFuzz|invariant)_\w+/g) ?? [];
  const files = text.match(/\btest\/[\w./]+\.(?:sol|mjs)/g) ?? [];
  return [
    ...functions.filter((name) => !suites.includes(`function ${name}(`)),
    ...files.filter((file) => !existsSync(join(ROOT, file))),
  ];
}

const parts = readdirSync(join(ROOT, "SPEC")).map((part) => `SPEC/${part}`);
for (const part of ["SPEC.md", ...parts]) {
  test(`every test that ${part} names is there`, () => {
    assert.deepEqual(missing(readFileSync(join(ROOT, part), "utf8")), []);
  });
}

test("a test that is not there is noticed", () => {
  assert.deepEqual(missing("`test_thatNobodyWrote` in `test/Nowhere.t.sol`"), ["test_thatNobodyWrote", "test/Nowhere.t.sol"]);
});
