// Firefox broadcasts and watches, with a page that has nothing but the standards.

import { after, before, test } from "node:test";

import { launchFirefox, ownAddress } from "../browser/firefox.mjs";
import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { watch } from "./aiortc.mjs";
import { launch } from "./chromium.mjs";
import { assertRefused, assertWhole } from "./seen.mjs";
import { serve } from "./site.mjs";
import { RUNG, SMALL_RUNG, stream } from "./stream.mjs";
import { assertServed, served, visit } from "./visitor.mjs";

/** @type {Server} */
let node;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {Awaited<ReturnType<typeof launchFirefox>>} */
let firefox;
/** @type {Awaited<ReturnType<typeof launch>>} */
let chromium;
before(async () => {
  [node, site, firefox, chromium] = await Promise.all([
    Server.start({ media: ownAddress() }),
    serve(),
    launchFirefox(),
    launch(),
  ]);
});
after(async () => {
  await Promise.all([firefox?.close(), chromium?.close(), site?.stop(), node?.stop()]);
});

test("Firefox broadcasts VP8: Firefox watches the source, others a rung, and it ends with it", LIMIT, async (t) => {
  const film = await stream(node.url, SMALL_RUNG);
  const stage = await visit(t, firefox, site.url, "bare");
  const publisher = await stage.publish({ ...film.to, source: "film" });
  const sofa = await visit(t, firefox, site.url, "bare");
  const viewer = await sofa.watch({ whep: film.whep("source") });
  const source = await served(publisher, viewer);
  // One after the other: two cores that also encode and decode in the browser are busy enough.
  await viewer.end();
  const rung = await watch(t, film.whep(SMALL_RUNG.name));
  t.diagnostic(JSON.stringify({ publisher, source, rung }));
  assertServed(source, { codec: "video/VP8" });
  assertWhole(rung, SMALL_RUNG.size);
  await publisher.end();
  assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
});

test("Firefox watches what Chromium publishes in H.264, which it cannot decode: a rung in VP8", LIMIT, async (t) => {
  const film = await stream(node.url);
  const stage = await visit(t, chromium, site.url, "bare");
  const publisher = await stage.publish({ ...film.to, source: "camera", lines: 360, codec: "video/H264" });
  const sofa = await visit(t, firefox, site.url, "bare");
  const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
  t.diagnostic(JSON.stringify({ publisher, rung }));
  assertServed(rung, { codec: "video/VP8", size: RUNG.size });
});

test("Firefox that watches a stream nobody publishes sees nothing, and is told why", LIMIT, async (t) => {
  const film = await stream(node.url);
  const sofa = await visit(t, firefox, site.url, "bare");
  assertRefused(await sofa.watch({ whep: film.whep("source"), patience: 0 }), 409, "not_live");
});

test("Firefox with another stream's token is refused", LIMIT, async (t) => {
  const [film, other] = await Promise.all([stream(node.url), stream(node.url)]);
  const stage = await visit(t, firefox, site.url, "bare");
  assertRefused(await stage.publish({ ...film.to, token: other.to.token, source: "film" }), 403, "unauthorized");
});
