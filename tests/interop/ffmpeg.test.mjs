// FFmpeg 9's WHIP muxer publishes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LIMIT } from "../browser/theatre.mjs";
import { Server } from "../browser/server.mjs";
import { watch } from "./aiortc.mjs";
import { encoded } from "./film.mjs";
import { ffmpeg9 } from "./places.mjs";
import { Program } from "../browser/program.mjs";
import { assertRefused, assertWhole } from "./seen.mjs";
import { RUNG, stream } from "./stream.mjs";

/** @type {Server} */
let node;
before(async () => {
  node = await Server.start();
});
after(() => node?.stop());

/**
 * Sends the film round and round, as it is, in real time.
 * @param {import("node:test").TestContext} test @param {{ whip: string, token: string }} to @param {string[]} [flags]
 */
async function publish(test, { whip, token }, flags = []) {
  const input = ["-re", "-stream_loop", "-1", "-i", await encoded(), "-c", "copy"];
  const output = ["-f", "whip", ...flags, "-authorization", token, whip];
  const publisher = new Program(ffmpeg9(), ["-hide_banner", "-nostats", ...input, ...output]);
  test.after(() => publisher.end());
  return publisher;
}

for (const [how, flags] of /** @type {const} */ ([
  ["as it comes", []],
  ["as the DTLS client", ["-whip_flags", "dtls_active"]],
])) {
  test(`FFmpeg publishes ${how}: the source and a rung are watched, and end with it`, LIMIT, async (t) => {
    const film = await stream(node.url);
    const publisher = await publish(t, film.to, [...flags]);
    const [source, rung] = await Promise.all([watch(t, film.whep("source")), watch(t, film.whep(RUNG.name))]);
    t.diagnostic(JSON.stringify({ source, rung }));
    assertWhole(source, [1280, 720]);
    assertWhole(rung, RUNG.size);
    publisher.kill("SIGINT");
    await publisher.exit();
    // Without its DELETE the stream would wait for it to come back.
    assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
  });
}

test("FFmpeg with another stream's token publishes nothing, and says why", LIMIT, async (t) => {
  const [film, other] = await Promise.all([stream(node.url), stream(node.url)]);
  const publisher = await publish(t, { ...film.to, token: other.to.token });
  assert.notEqual(await publisher.exit(), 0);
  assert.match(publisher.words, /403/);
  assertRefused(await watch(t, film.whep("source"), { seconds: 0 }), 409, "not_live");
});
