// aiortc, a WebRTC stack in Python, as publisher and as viewer.

import { PYTHON, script } from "./places.mjs";
import { Program } from "../browser/program.mjs";

/** @typedef {import("node:test").TestContext} TestContext */
/** @typedef {{ frames: number, firstMs: number, seconds: number }} Track */

/**
 * What a viewer saw, see `python/watch.py`.
 * @typedef {{
 *   connectMs: number,
 *   video: Track & { sizes: number[][] },
 *   audio: Track & { loudness: number },
 *   codecs: string[],
 *   refused?: { status: number, problem: { code: string, detail: string } },
 * }} Seen
 */

/** Enough to judge by: three seconds. */
const FRAMES = 75;

/**
 * Watches until enough has come, or until it has waited in vain.
 * @param {TestContext} test @param {string} url @param {{ frames?: number, seconds?: number }} [until]
 * @returns {Promise<Seen>}
 */
export async function watch(test, url, { frames = FRAMES, seconds = 25 } = {}) {
  const viewer = new Program(PYTHON, [script("watch.py"), url, "--frames", String(frames), "--limit", String(seconds)]);
  test.after(() => viewer.end());
  return viewer.told();
}

/**
 * Publishes a film until it is stopped.
 * @param {TestContext} test @param {{ whip: string, token: string }} to @param {{ film: string, codec: "VP8" | "H264" }} what
 */
export async function publish(test, { whip, token }, { film, codec }) {
  const publisher = new Program(PYTHON, [script("publish.py"), whip, "--token", token, "--film", film, "--codec", codec]);
  test.after(() => publisher.end());
  const begun = await publisher.told();
  return {
    /** @type {{ connectMs: number, refused?: Seen["refused"] }} */
    begun,
    /** Ends the session by DELETE. */
    async stop() {
      publisher.hush();
      return publisher.told();
    },
  };
}
