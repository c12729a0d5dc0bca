// Networks that let nothing through to the server but what a TURN server relays.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { noteRequests, requestsOf } from "./requests.mjs";
import { LIMIT, heard, theatre, watchSource } from "./theatre.mjs";
import { relay, secretFile } from "./turn.mjs";
import { wired } from "./wire.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

/** Where the TURN server's relayed packets come from. */
const RELAY = "127.0.0.3";

const stage = theatre({ camera: "none" });
/** @type {Awaited<ReturnType<typeof relay>>} */
let turn;
before(async () => {
  turn = await relay("s3cret", { from: RELAY });
});
after(() => turn?.stop());

/**
 * A server that names the TURN server, and what comes to it.
 * @param {import("node:test").TestContext} t @param {{ firewall: boolean, secret?: string }} options
 */
async function network(t, { firewall, secret = "s3cret" }) {
  const flags = ["--tcp", "off", "--turn", turn.url, "--turn-secret", await secretFile(t, secret)];
  const wire = await wired({ flags, ...(firewall && { only: RELAY }) });
  t.after(() => wire.stop());
  return wire;
}

/** A page whose requests and connections are noted. @param {import("node:test").TestContext} t @param {string} orchestrator */
async function observed(t, orchestrator) {
  const page = await stage.page(t, { orchestrator });
  await noteRequests(page);
  await page.evaluate(() => {
    const Connection = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Connection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration);
        globalThis.direct = this;
      }
    };
  });
  return page;
}

/** Begins to broadcast the pattern; the stream's id. @param {BrowserPage} page */
const broadcast = (page) =>
  page.evaluate(async () => {
    const { LightNode, orchestrator, pattern, note } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    globalThis.live = await node.broadcast(pattern(), { name: "far", ladder: [], onState: note("live") });
    return globalThis.live.stream;
  });

/** The kinds of candidates that a page's connection has. @param {BrowserPage} page @returns {Promise<string[]>} */
const kinds = (page) =>
  page.evaluate(async () => {
    /** @type {any[]} */
    const reports = [...(await globalThis.direct.getStats()).values()];
    return reports.filter(({ type }) => type === "local-candidate").map(({ candidateType }) => candidateType);
  });

test("behind a firewall, a page broadcasts and another watches through the relay that the server names", LIMIT, async (t) => {
  const { server } = await network(t, { firewall: true });
  const [studio, sofa] = [await observed(t, server.url), await observed(t, server.url)];
  await watchSource(sofa, await broadcast(studio));
  for (const page of [studio, sofa]) {
    // What was taken is one of its own to the server, which sees the wire's address.
    assert.ok((await kinds(page)).includes("relay"));
    assert.deepEqual(await requestsOf(page), ["POST 201", "PATCH 200"]);
  }
  assert.deepEqual(await sofa.evaluate(() => globalThis.stage.told), ["view connecting", "view live"]);
});

test("who needs no relay makes no use of it", LIMIT, async (t) => {
  const { server } = await network(t, { firewall: false });
  const [studio, sofa] = [await observed(t, server.url), await observed(t, server.url)];
  await watchSource(sofa, await broadcast(studio));
  for (const page of [studio, sofa]) {
    assert.ok(!(await kinds(page)).includes("relay"));
    assert.deepEqual(await requestsOf(page), ["POST 201"]);
  }
});

test("a relay that refuses leaves a page outside, and it is told why", LIMIT, async (t) => {
  const { server } = await network(t, { firewall: true, secret: "another" });
  const studio = await observed(t, server.url);
  const refused = assert.rejects(broadcast(studio), /no media connection/);
  await heard(studio, "live failed: webrtc_blocked");
  await refused;
});

test("a server that makes checks is told where pages are, and connects to those that do not reach it", LIMIT, async (t) => {
  // As behind a NAT: nothing comes in before something went out.
  const wire = await wired({ flags: ["--tcp", "off", "--ice", "full"], only: "nobody" });
  t.after(() => wire.stop());
  const studio = await observed(t, wire.server.url);
  await broadcast(studio);
  await heard(studio, "live live");
  const [post, ...more] = await requestsOf(studio);
  assert.equal(post, "POST 201");
  assert.ok(more.length > 0 && more.every((request) => request === "PATCH 204"), `${more}`);
});
