// Chromium with a page that has nothing but the standards.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { launch } from "./chromium.mjs";
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

for (const codec of ["video/H264", "video/VP8"]) {
  test(`Chromium publishes ${codec}: the source and a rung are watched`, LIMIT, async (t) => {
    const film = await stream(node.url);
    const stage = await visit(t, chromium, site.url, "bare");
    const publisher = await stage.publish({ ...film.to, source: "camera", lines: 360, codec });
    assert.equal(publisher.refused, undefined);
    const sofa = await visit(t, chromium, site.url, "bare");
    const source = await served(publisher, await sofa.watch({ whep: film.whep("source") }));
    const rung = await served(publisher, await sofa.watch({ whep: film.whep(RUNG.name) }));
    t.diagnostic(JSON.stringify({ publisher, source, rung }));
    assertServed(source, { codec });
    assertServed(rung, { codec: "video/H264", size: RUNG.size });
  });
}
