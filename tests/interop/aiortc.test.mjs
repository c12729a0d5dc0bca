// aiortc publishes, and aiortc watches.

import { after, before, test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { publish, watch } from "./aiortc.mjs";
import { small } from "./film.mjs";
import { assertRefused, assertWhole } from "./seen.mjs";
import { RUNG, stream } from "./stream.mjs";

/** @type {Server} */
let node;
before(async () => {
  node = await Server.start();
});
after(() => node?.stop());

for (const codec of /** @type {const} */ (["VP8", "H264"])) {
  test(`aiortc publishes ${codec}: the source and a rung are watched, and end with it`, LIMIT, async (t) => {
    const film = await stream(node.url);
    const publisher = await publish(t, film.to, { film: await small(), codec });
    const [source, rung] = await Promise.all([watch(t, film.whep("source")), watch(t, film.whep(RUNG.name))]);
    t.diagnostic(JSON.stringify({ publisher: publisher.begun, source, rung }));
    assertWhole(source, [640, 360]);
    assertWhole(rung, RUNG.size);
    await publisher.stop();
    assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
  });
}

test("aiortc with another stream's token is refused, and its viewer sees nothing", LIMIT, async (t) => {
  const [film, other] = await Promise.all([stream(node.url), stream(node.url)]);
  const publisher = await publish(t, { ...film.to, token: other.to.token }, { film: await small(), codec: "VP8" });
  assertRefused(publisher.begun, 403, "unauthorized");
  assertRefused(await watch(t, film.whep("source"), { seconds: 1 }), 409, "not_live");
});
