// The built package, where there is no browser: importing is safe, and what cannot work says why.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CODES, HeadwaterError, LightNode, init, version } from "@headwater/light-node";

const code = (wanted) => (error) => {
  assert.ok(error instanceof HeadwaterError, String(error));
  assert.equal(error.code, wanted);
  assert.equal(error.remedy, CODES[wanted].remedy);
  return true;
};

test("importing it where there is no browser touches nothing", () => {
  assert.equal(typeof LightNode.create, "function");
  assert.equal(typeof HTMLVideoElement, "undefined", "this is no browser");
});

test("a node that was not created says so", () => {
  assert.throws(() => new LightNode(), code("not_initialised"));
});

test("where there is no WebRTC, loading says so, every time", async () => {
  await assert.rejects(init(), code("unsupported_browser"));
  await assert.rejects(LightNode.create({ orchestrator: "http://127.0.0.1:1" }), code("unsupported_browser"));
});

test("an orchestrator is reached over http", async () => {
  await assert.rejects(LightNode.create({ orchestrator: "ftp://example.org" }), code("invalid_argument"));
  await assert.rejects(LightNode.create({ orchestrator: "//" }), code("invalid_argument"));
  await assert.rejects(LightNode.create(), code("invalid_argument"));
});

test("the build knows its version and commit", () => {
  assert.match(version().version, /^\d+\.\d+\.\d+$/);
  assert.match(version().git, /^[0-9a-f]{12}$|^unknown$/);
});
