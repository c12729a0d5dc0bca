// Firefox broadcasts and watches, with a page that has nothing but the standards.

import { after, before, test } from "node:test";

import { launchFirefox, ownAddress } from "../browser/firefox.mjs";
import { LIMIT } from "../browser/theatre.mjs";
import { watch } from "./aiortc.mjs";
import { assertRefused, assertWhole } from "./seen.mjs";
import { stage } from "./stage.mjs";
import { RUNG, stream } from "./stream.mjs";
import { assertServed, served } from "./visitor.mjs";

const hall = stage({ media: ownAddress() });
/** @type {Awaited<ReturnType<typeof launchFirefox>>} */
let firefox;
before(async () => {
  firefox = await launchFirefox();
});
after(() => firefox?.close());

test("Firefox broadcasts VP8: Firefox watches the source, others a rung, and it ends with it", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare", firefox);
  const publisher = await studio.publish({ ...film.to, source: "film" });
  const sofa = await hall.visit(t, "bare", firefox);
  const viewer = await sofa.watch({ whep: film.whep("source") });
  const source = await served(publisher, viewer);
  // One after the other: two cores that also encode and decode in the browser are busy enough.
  await viewer.end();
  const rung = await watch(t, film.whep(RUNG.name));
  t.diagnostic(JSON.stringify({ publisher, source, rung }));
  assertServed(source, { codec: "video/VP8" });
  assertWhole(rung, RUNG.size);
  await publisher.end();
  assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
});

test("Firefox watches what Chromium publishes in H.264, which it cannot decode: a rung in VP8", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const studio = await hall.visit(t, "bare");
  const publisher = await studio.publish({ ...film.to, source: "camera", lines: 360, codec: "video/H264" });
  const sofa = await hall.visit(t, "bare", firefox);
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
  t.diagnostic(JSON.stringify({ publisher, rung }));
  assertServed(rung, { codec: "video/VP8", size: RUNG.size });
});

test("Firefox that watches a stream nobody publishes sees nothing, and is told why", LIMIT, async (t) => {
  const film = await stream(hall.url);
  const sofa = await hall.visit(t, "bare", firefox);
  assertRefused(await sofa.watch({ whep: film.whep("source"), patience: 0 }), 409, "not_live");
});

test("Firefox with another stream's token is refused", LIMIT, async (t) => {
  const [film, other] = await Promise.all([stream(hall.url), stream(hall.url)]);
  const studio = await hall.visit(t, "bare", firefox);
  assertRefused(await studio.publish({ ...film.to, token: other.to.token, source: "film" }), 403, "unauthorized");
});
