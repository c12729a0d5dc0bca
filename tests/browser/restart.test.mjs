// Networks that change, computers that sleep, tabs that nobody looks at: the session goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { noteRequests, requested, requestsOf } from "./requests.mjs";
import { LIMIT, plays, theatre, watchSource } from "./theatre.mjs";
import { wired } from "./wire.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const stage = theatre({ camera: "none" });
/** @type {Awaited<ReturnType<typeof wired>>} */
let wire;
before(async () => {
  wire = await wired();
});
after(() => wire?.stop());

/** A broadcaster and a viewer of the source, each with a note of its requests. @param {import("node:test").TestContext} t @param {string} name */
async function live(t, name) {
  const at = { orchestrator: wire.server.url };
  const [studio, sofa] = [await stage.page(t, at), await stage.page(t, at)];
  for (const page of [studio, sofa]) await noteRequests(page);
  const stream = await studio.evaluate(async (called) => {
    const { LightNode, orchestrator, pattern, note } = globalThis.stage;
    const node = await LightNode.create({ orchestrator, key: new Uint8Array(32).fill(called.length) });
    globalThis.live = await node.broadcast(pattern(), { name: called, ladder: [], onState: note("live") });
    return globalThis.live.stream;
  }, name);
  await watchSource(sofa, stream);
  return { studio, sofa };
}

const told = (/** @type {BrowserPage} */ page) => page.evaluate(() => globalThis.stage.told);

for (const [who, index] of /** @type {const} */ ([
  ["broadcaster", 0],
  ["viewer", 1],
])) {
  test(`a ${who} whose path dies has another within the same session`, LIMIT, async (t) => {
    const { studio, sofa } = await live(t, `moved${index}`);
    const page = [studio, sofa][index] ?? studio;
    const before = wire.sockets;
    // All are cut: each finds its own way back.
    wire.cut();
    await requested(page, "PATCH 200");
    await plays(sofa, "source", { count: 20 });
    assert.ok(wire.sockets > before, "nothing came over a new socket");
    assert.deepEqual(await requestsOf(page), ["POST 201", "PATCH 200"]);
    // It was quicker than the browser, which takes more than six seconds to say so.
    assert.deepEqual(await told(studio), ["live connecting", "live live"]);
    assert.deepEqual(await told(sofa), ["view connecting", "view live"]);
  });

  test(`a ${who} whose network changes has another path before anything is missed`, LIMIT, async (t) => {
    const { studio, sofa } = await live(t, `online${index}`);
    const page = [studio, sofa][index] ?? studio;
    const before = wire.sockets;
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await requested(page, "PATCH 200");
    // Media goes on over the old one, however long the new one takes.
    await wire.more(before);
    await plays(sofa, "source", { count: 20 });
    assert.deepEqual(await told(studio), ["live connecting", "live live"]);
    assert.deepEqual(await told(sofa), ["view connecting", "view live"]);
  });

  test(`a ${who} that slept looks after its connection when it wakes`, LIMIT, async (t) => {
    const { studio, sofa } = await live(t, `slept${index}`);
    const page = [studio, sofa][index] ?? studio;
    // What a computer that slept sees: the wall clock is ahead.
    await page.evaluate(() => {
      const now = Date.now;
      Date.now = () => now() + 3_600_000;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await requested(page, "PATCH 200");
    await plays(sofa, "source", { count: 20 });
    assert.deepEqual(await requestsOf(page), ["POST 201", "PATCH 200"]);
  });
}

test("a viewer's tab that was hidden shows what is live, without a request", LIMIT, async (t) => {
  const { sofa } = await live(t, "hidden");
  await sofa.evaluate(() => {
    const visibility = { state: "hidden" };
    Object.defineProperty(document, "visibilityState", { get: () => visibility.state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    // As browsers on phones do.
    globalThis.screens.source?.video.pause();
    setTimeout(() => {
      visibility.state = "visible";
      document.dispatchEvent(new Event("visibilitychange"));
    }, 4_000);
  });
  await plays(sofa, "source", { count: 30 });
  const shown = await sofa.evaluate(() => globalThis.screens.source?.frames.map(({ number }) => number ?? 0));
  // 15 frames a second, of which four seconds were nobody's: none of them is caught up on.
  assert.ok(shown?.some((number, i) => i > 0 && number - (shown[i - 1] ?? number) > 40), `${shown}`);
  assert.deepEqual(await requestsOf(sofa), ["POST 201"]);
  assert.deepEqual(await told(sofa), ["view connecting", "view live"]);
});
