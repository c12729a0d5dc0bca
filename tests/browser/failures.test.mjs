// What goes wrong has a stable code. The first of these is the harness's own control: it has to see a server that is down.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";

import { LIMIT, theatre } from "./theatre.mjs";

const stage = theatre({ camera: "none" });

/** Where nothing listens. */
async function nowhere() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`;
}

test("a server that is down is seen to be", LIMIT, async (t) => {
  const page = await stage.page(t, { orchestrator: await nowhere() });
  const outcome = await page.evaluate(async () => {
    const { LightNode, orchestrator, pattern, outcome: of, note } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    return of(node.broadcast(pattern(), { name: "nowhere", onState: note("live") }));
  });
  assert.equal(outcome, "server_unreachable");
  const told = await page.evaluate(() => globalThis.stage.told);
  assert.equal(told.at(-1), "live failed: server_unreachable");
  assert.ok(!told.includes("live live"));
});

test("a machine without a camera is told so", LIMIT, async (t) => {
  const page = await stage.page(t);
  const outcome = await page.evaluate(() => globalThis.stage.outcome(globalThis.stage.capture({ source: "camera" })));
  assert.equal(outcome, "no_camera");
});

test("arguments that cannot be used are refused before anything is sent", LIMIT, async (t) => {
  const page = await stage.page(t);
  const outcomes = await page.evaluate(async () => {
    const { LightNode, orchestrator, pattern, screen, outcome } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const media = pattern();
    const tried = {
      rung: node.broadcast(media, { name: "a", ladder: ["P9000p30fps16x9"] }),
      bitrate: node.broadcast(media, { name: "a", ladder: [{ name: "x", width: 320, height: 180, bitrate: 1 }] }),
      name: node.broadcast(media, { name: "../a" }),
      picture: node.broadcast(new MediaStream(), { name: "a" }),
      stream: node.watch("0x12/a", screen().video),
      mode: node.watch(node.streamId("a"), screen().video, { mode: /** @type {"webrtc"} */ ("pigeon") }),
      orchestrator: LightNode.create({ orchestrator: "ftp://127.0.0.1" }),
      key: LightNode.create({ orchestrator, key: new Uint8Array(31) }),
    };
    const found = [];
    for (const [what, promise] of Object.entries(tried)) found.push([what, await outcome(promise)]);
    const sent = performance.getEntriesByType("resource").filter(({ name }) => /\/wh[ie]p\//.test(name));
    return { found, sent: sent.length };
  });
  assert.deepEqual(new Set(outcomes.found.map(([, code]) => code)), new Set(["invalid_argument"]), `${outcomes.found}`);
  assert.equal(outcomes.sent, 0);
});

test("a rendition that does not exist is refused", LIMIT, async (t) => {
  const page = await stage.page(t);
  const outcome = await page.evaluate(async () => {
    const { LightNode, orchestrator, pattern, screen, outcome: of } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const live = await node.broadcast(pattern(), { name: "small", ladder: [] });
    return of(node.watch(live.stream, screen().video, { rendition: "480p" }));
  });
  assert.equal(outcome, "unknown_rendition");
});

test("a package whose wasm is missing says so, and loads when it is there", LIMIT, async (t) => {
  const page = await stage.page(t);
  const outcomes = await page.evaluate(async () => {
    const { LightNode, orchestrator, outcome } = globalThis.stage;
    const missing = await outcome(LightNode.create({ orchestrator, wasm: "/pkg/nothing.wasm" }));
    return [missing, await outcome(LightNode.create({ orchestrator }))];
  });
  assert.deepEqual(outcomes, ["load_failed", "resolved"]);
});
