// Eyevinn's WHIP client and WebRTC player, in Chromium.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { watch } from "./aiortc.mjs";
import { launch } from "./chromium.mjs";
import { assertRefused } from "./seen.mjs";
import { serve } from "./site.mjs";
import { RUNG, stream } from "./stream.mjs";
import { assertServed, served, visit } from "./visitor.mjs";

/** @type {Server} */
let node;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {Awaited<ReturnType<typeof launch>>} */
let chromium;
before(async () => {
  [node, site, chromium] = await Promise.all([Server.start(), serve(), launch()]);
});
after(async () => {
  await Promise.all([chromium?.close(), site?.stop(), node?.stop()]);
});

test("Eyevinn's client publishes, its player watches the source and a rung, and it ends with it", LIMIT, async (t) => {
  const film = await stream(node.url);
  const stage = await visit(t, chromium, site.url, "eyevinn");
  const publisher = await stage.publish(film.to);
  assert.equal(publisher.trickles, true);
  const sofa = await visit(t, chromium, site.url, "eyevinn");
  const source = await served(publisher, await sofa.watch({ whep: film.whep("source") }));
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
  t.diagnostic(JSON.stringify({ publisher, source, rung }));
  assertServed(source, { codec: source.codec });
  assertServed(rung, { codec: "video/H264", size: RUNG.size });
  await publisher.end();
  assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
});

test("Eyevinn's player of a stream nobody publishes never connects", LIMIT, async (t) => {
  const film = await stream(node.url);
  const sofa = await visit(t, chromium, site.url, "eyevinn");
  await assert.rejects(sofa.watch({ whep: film.whep("source"), patience: 2_000 }), /still (new|closed)/);
});
