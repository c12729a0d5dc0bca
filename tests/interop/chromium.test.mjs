// Chromium with a page that has nothing but the standards.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { stage } from "./stage.mjs";
import { RUNG, stream } from "./stream.mjs";
import { relay, secretFile } from "../browser/turn.mjs";
import { assertServed, served } from "./visitor.mjs";

const hall = stage();

for (const codec of ["video/H264", "video/VP8", "video/VP9", "video/AV1"]) {
  test(`Chromium publishes ${codec}: the source and a rung are watched`, LIMIT, async (t) => {
    const film = await stream(hall.url);
    const studio = await hall.visit(t, "bare");
    const publisher = await studio.publish({ ...film.to, source: "camera", lines: 360, codec });
    assert.equal(publisher.refused, undefined);
    const sofa = await hall.visit(t, "bare");
    const source = await served(publisher, await sofa.watch({ whep: film.whep("source") }));
    const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
    t.diagnostic(JSON.stringify({ publisher, source, rung }));
    assertServed(source, { codec });
    assertServed(rung, { codec: "video/H264", size: RUNG.size });
  });
}

test("Chromium publishes simulcast: the source and a rung are watched", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", lines: 360, simulcast: true });
  const sofa = await hall.visit(t, "bare");
  const source = await served(publisher, await sofa.watch({ whep: film.whep("source") }));
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
  t.diagnostic(JSON.stringify({ publisher, source, rung, sent: await publisher.counts() }));
  assertServed(source, { codec: source.codec });
  assertServed(rung, { codec: "video/H264", size: RUNG.size });
});

test("Chromium that offers a codec which the source has not takes the node's counter-offer", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", lines: 360, codec: "video/H264" });
  const sofa = await hall.visit(t, "bare");
  const viewer = await sofa.watch({ whep: film.whep("source"), codec: "video/VP8" });
  assert.equal(viewer.countered, true);
  const source = await served(publisher, viewer);
  t.diagnostic(JSON.stringify({ publisher, source }));
  assertServed(source, { codec: "video/H264" });
});

test("Chromium switches from the source to a rung and back, on one connection", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", lines: 360, codec: "video/H264" });
  const sofa = await hall.visit(t, "bare");
  const viewer = await sofa.watch({ whep: film.whep() });
  assertServed(await served(publisher, viewer), { codec: "video/H264", size: [640, 360] });
  assert.equal(await viewer.select(RUNG.name), 200);
  assertServed(await served(publisher, viewer), { codec: "video/H264", size: RUNG.size });
  assert.equal(await viewer.select("source"), 200);
  assertServed(await served(publisher, viewer), { codec: "video/H264", size: [640, 360] });
});

test("Chromium publishes and watches where UDP is blocked, over TCP", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", way: "tcp" });
  const sofa = await hall.visit(t, "bare");
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name), way: "tcp" }));
  const { path } = await publisher.counts();
  t.diagnostic(JSON.stringify({ publisher, path, rung }));
  assert.equal(path.protocol, "tcp");
  assert.equal(rung.path.protocol, "tcp");
  assertServed(rung, { codec: "video/H264", size: RUNG.size });
});

test("Chromium publishes and watches through a TURN server that the node names", LIMIT, async (t) => {
  const turn = await relay("s3cret");
  t.after(turn.stop);
  const flags = ["--turn", turn.url, "--turn-secret", await secretFile(t, "s3cret")];
  const far = await Server.start({ flags });
  t.after(() => far.stop());
  const film = await stream(far.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", way: "relay" });
  const sofa = await hall.visit(t, "bare");
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name), way: "relay" }));
  const { path } = await publisher.counts();
  t.diagnostic(JSON.stringify({ publisher, path, rung }));
  assert.equal(path.type, "relay");
  assert.equal(rung.path.type, "relay");
  assertServed(rung, { codec: "video/H264", size: RUNG.size });
});

test("a TURN server with another secret relays nothing", LIMIT, async (t) => {
  const turn = await relay("s3cret");
  t.after(turn.stop);
  const far = await Server.start({ flags: ["--turn", turn.url, "--turn-secret", await secretFile(t, "another")] });
  t.after(() => far.stop());
  const film = await stream(far.url);
  const studio = await hall.visit(t, "bare");
  await assert.rejects(studio.publish({ ...film.to, source: "camera", way: "relay", patience: 5_000 }), /still|failed/);
});
