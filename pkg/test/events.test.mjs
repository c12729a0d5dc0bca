// The newest of something, to slow readers and fast ones.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Latest } from "../dist/events.js";

test("a reader that is slow gets the newest and skips what it missed", async () => {
  const latest = new Latest();
  const reader = latest[Symbol.asyncIterator]();
  const first = reader.next();
  latest.set(1);
  assert.deepEqual(await first, { value: 1, done: false });
  latest.set(2);
  latest.set(3);
  assert.deepEqual(await reader.next(), { value: 3, done: false });
});

test("what was there before reading began is not news", async () => {
  const latest = new Latest();
  latest.set(1);
  const next = latest[Symbol.asyncIterator]().next();
  latest.set(2);
  assert.equal((await next).value, 2);
});

test("the end ends every reader, also those that wait", async () => {
  const latest = new Latest();
  const waiting = [latest[Symbol.asyncIterator]().next(), latest[Symbol.asyncIterator]().next()];
  latest.end();
  for (const next of waiting) assert.equal((await next).done, true);
});
