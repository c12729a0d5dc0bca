// Errors: the browser's own by what they mean to a user, ours as they are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CODES, HeadwaterError, describe, isCode } from "@headwater/light-node";

for (const [name, code] of [
  ["NotAllowedError", "camera_denied"],
  ["SecurityError", "camera_denied"],
  ["NotFoundError", "no_camera"],
  ["OverconstrainedError", "no_camera"],
  ["NotReadableError", "camera_busy"],
  ["AbortError", "closed"],
  ["SomethingElse", "internal"],
]) {
  test(`${name} means ${code}`, () => {
    const thrown = new DOMException("why", name);
    const error = describe(thrown);
    assert.equal(error.code, code);
    assert.equal(error.cause, thrown);
    assert.equal(error.detail, "why");
    assert.equal(error.message, `${CODES[code].message}: why`);
  });
}

test("the light node's plain failures become errors", () => {
  const error = describe({ code: "name_taken", detail: "" });
  assert.ok(error instanceof HeadwaterError && error instanceof Error);
  assert.equal(error.message, CODES.name_taken.message);
});

test("an error of ours is not described twice", () => {
  const error = new HeadwaterError("busy");
  assert.equal(describe(error), error);
});

test("what is no error at all is an internal one", () => {
  for (const thrown of [undefined, null, 7, "words", {}, { code: "toString", detail: "" }]) {
    assert.equal(describe(thrown).code, "internal", String(thrown));
  }
});

test("only the list's codes are codes", () => {
  assert.ok(isCode("camera_denied"));
  assert.ok(!isCode("toString") && !isCode(undefined));
});

test("an error survives being logged as JSON", () => {
  const { code, message, remedy, detail } = JSON.parse(JSON.stringify(new HeadwaterError("busy", "64 streams")));
  assert.deepEqual([code, detail], ["busy", "64 streams"]);
  assert.ok(message.includes("64 streams") && remedy.length > 0);
});
