// Eyevinn's WHIP client and WebRTC player, in Chromium.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { watch } from "./aiortc.mjs";
import { assertRefused } from "./seen.mjs";
import { stage } from "./stage.mjs";
import { RUNG, stream } from "./stream.mjs";
import { assertServed, served } from "./visitor.mjs";

const hall = stage();

test("Eyevinn's client publishes, its player watches the source and a rung, and it ends with it", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "eyevinn");
  const publisher = await studio.publish(film.to);
  assert.equal(publisher.trickles, true);
  const sofa = await hall.visit(t, "eyevinn");
  const source = await served(publisher, await sofa.watch({ whep: film.whep("source") }));
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
  t.diagnostic(JSON.stringify({ publisher, source, rung }));
  assertServed(source, { codec: source.codec });
  assertServed(rung, { codec: "video/H264", size: RUNG.size });
  await publisher.end();
  assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
});

test("Eyevinn's player of a stream nobody publishes never connects", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const sofa = await hall.visit(t, "eyevinn");
  await assert.rejects(sofa.watch({ whep: film.whep("source"), patience: 2_000 }), /still (new|closed)/);
});
