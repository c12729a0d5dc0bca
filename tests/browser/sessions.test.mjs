// Beginnings and ends of sessions: who is told, who waits, what is left behind.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT, heard, plays, theatre } from "./theatre.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const stage = theatre({ camera: "none" });

/** Broadcasts a pattern without renditions. @param {BrowserPage} page @param {string} name @param {{ watchToken?: string }} [options] */
async function broadcast(page, name, options = {}) {
  return page.evaluate(
    async ({ called, more }) => {
      const { LightNode, orchestrator, pattern, note } = globalThis.stage;
      globalThis.node = await LightNode.create({ orchestrator, key: new Uint8Array(32).fill(called.length) });
      const media = pattern();
      globalThis.live = await globalThis.node.broadcast(media, { name: called, ladder: [], onState: note("live"), ...more });
      return globalThis.live.stream;
    },
    { called: name, more: options },
  );
}

/** Starts to watch the source on a screen of that name. @param {BrowserPage} page @param {string} stream @param {{ token?: string }} [options] */
async function watch(page, stream, options = {}) {
  await page.evaluate(
    async ({ of, more }) => {
      const { LightNode, orchestrator, screen, note } = globalThis.stage;
      globalThis.node = await LightNode.create({ orchestrator });
      const shown = screen();
      globalThis.screens = { source: shown };
      globalThis.view = await globalThis.node.watch(of, shown.video, { rendition: "source", onState: note("view"), ...more });
      globalThis.view.addEventListener("ended", ({ detail }) => globalThis.stage.told.push(`view told ${detail.code}`));
    },
    { of: stream, more: options },
  );
}

test("a newer session of the same key replaces the older, and viewers stay", LIMIT, async (t) => {
  const [first, second, sofa] = [await stage.page(t), await stage.page(t), await stage.page(t)];
  const stream = await broadcast(first, "twice");
  await watch(sofa, stream);
  await plays(sofa, "source");
  assert.equal(await broadcast(second, "twice"), stream);
  await heard(first, "live ended: replaced");
  await plays(sofa, "source", { count: 20 });
  const told = await sofa.evaluate(() => globalThis.stage.told);
  assert.deepEqual(told, ["view connecting", "view live"], "the viewer noticed");
});

test("viewers are told when a broadcast stops, and return when it does", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcast(studio, "stopped");
  await watch(sofa, stream);
  await plays(sofa, "source");
  await studio.evaluate(() => globalThis.live.stop());
  await heard(studio, "live ended: closed");
  await heard(sofa, "view told stream_ended");
  await heard(sofa, "view waiting");
  await broadcast(studio, "stopped");
  await plays(sofa, "source");
});

test("both sides come back by themselves after the server died", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcast(studio, "interrupted");
  await watch(sofa, stream);
  await plays(sofa, "source");
  await stage.server.kill();
  await heard(studio, "live retrying");
  await heard(sofa, "view retrying");
  await stage.server.again();
  await plays(sofa, "source");
  assert.equal(await studio.evaluate(() => globalThis.live.state), "live");
});

test("a viewer of an unknown stream waits until it is told not to", LIMIT, async (t) => {
  const sofa = await stage.page(t);
  const watching = sofa.evaluate(async () => {
    const { LightNode, orchestrator, screen, note, outcome } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const abort = new AbortController();
    addEventListener("enough", () => abort.abort());
    return outcome(node.watch(node.streamId("never"), screen().video, { signal: abort.signal, onState: note("view") }));
  });
  await heard(sofa, "view waiting");
  await sofa.evaluate(() => dispatchEvent(new Event("enough")));
  assert.equal(await watching, "closed");
});

test("only viewers with the watch token see a stream that has one", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcast(studio, "secret", { watchToken: "open sesame" });
  const turnedAway = await sofa.evaluate(async (of) => {
    const { LightNode, orchestrator, screen, outcome } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    return outcome(node.watch(of, screen().video, { rendition: "source", token: "open barley" }));
  }, stream);
  assert.equal(turnedAway, "unauthorized");
  await watch(sofa, stream, { token: "open sesame" });
  await plays(sofa, "source");
});

test("what is disposed of leaves no connection and no session behind", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  for (const page of [studio, sofa]) await countConnections(page);
  const stream = await broadcast(studio, "tidy");
  await watch(sofa, stream);
  await plays(sofa, "source");
  await sofa.evaluate(() => globalThis.view[Symbol.asyncDispose]());
  await studio.evaluate(() => globalThis.live[Symbol.asyncDispose]());
  for (const page of [studio, sofa]) {
    const open = await page.waitForFunction(() => globalThis.connections.every((one) => one.connectionState === "closed"));
    assert.ok(await open.jsonValue());
    const ended = await page.evaluate(() => globalThis.deletions);
    assert.equal(await page.evaluate(() => globalThis.connections.length), ended.length, "a session was left to time out");
    // 404: the connection's own goodbye was there first.
    assert.ok(ended.every((status) => status === 200 || status === 404), `DELETE: ${ended}`);
  }
  const status = await sofa.evaluate(async (of) => {
    const connection = new RTCPeerConnection();
    connection.addTransceiver("video", { direction: "recvonly" });
    await connection.setLocalDescription();
    const body = connection.localDescription?.sdp ?? "";
    connection.close();
    const headers = { "content-type": "application/sdp" };
    return (await fetch(`${globalThis.stage.orchestrator}/whep/${of}/source`, { method: "POST", headers, body })).status;
  }, stream);
  assert.equal(status, 409, "the stream is still live");
  const empty = await sofa.evaluate(() => globalThis.screens.source?.video.srcObject === null);
  assert.ok(empty, "the element still holds the stream");
});

/** Notes every connection that the page makes, and what its DELETE requests came to. @param {BrowserPage} page */
async function countConnections(page) {
  await page.evaluate(() => {
    globalThis.connections = [];
    globalThis.deletions = [];
    const [Connection, request] = [RTCPeerConnection, fetch];
    globalThis.RTCPeerConnection = class extends Connection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration);
        globalThis.connections.push(this);
      }
    };
    globalThis.fetch = async (input, init) => {
      const response = await request(input, init);
      const method = input instanceof Request ? input.method : init?.method;
      if (method === "DELETE") globalThis.deletions.push(response.status);
      return response;
    };
  });
}
