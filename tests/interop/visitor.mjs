// A browser's page with a client in it, and how well it is served.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {import("./page/globals.js").Begun} Begun */
/** @typedef {import("./page/globals.js").Counts} Counts */
/** @typedef {import("node:test").TestContext} TestContext */

/** What Playwright's and Puppeteer's pages have in common. @typedef {{ goto: any, waitForFunction: any, evaluate: any, close: any }} BrowserPage */

/** Enough to judge by: three seconds. */
const FRAMES = 75;
/** Of the pictures that were sent meanwhile. */
const MOST = 0.9;
/** How long they may take on a busy machine, and how often one looks. */
const PATIENCE_MS = 25_000;
const GLANCE_MS = 50;
/** A rung on a busy machine begins with a gap: what has come too late to be live is dropped up to the next keyframe. */
const SETTLE_MS = 1_000;

/**
 * Opens a page with one of the clients of `page/`. Closed after the test.
 * @param {TestContext} test @param {{ newPage: () => Promise<any> }} browser @param {string} site @param {"bare" | "eyevinn"} client
 */
export async function visit(test, browser, site, client) {
  /** @type {BrowserPage} */
  const page = await browser.newPage();
  test.after(() => page.close());
  await page.goto(`${site}/?client=${client}`);
  await page.waitForFunction(() => "client" in globalThis);
  /** @type {<T>(method: string, ...words: unknown[]) => Promise<T>} */
  const call = (method, ...words) =>
    page.evaluate((/** @type {[keyof import("./page/globals.js").Client, any[]]} */ [what, with_]) => {
      const method = /** @type {(...words: any[]) => any} */ (globalThis.client[what]);
      return method(...with_);
    }, [method, words]);
  let peers = 0;
  /** @param {"publish" | "watch"} what @param {object} with_ */
  const begin = async (what, with_) => {
    const name = `${what} ${(peers += 1)}`;
    /** @type {Begun} */
    const begun = await call(what, name, with_);
    return {
      ...begun,
      /** @returns {Promise<Counts>} */
      counts: () => call("counts", name),
      /** @param {string} rid @returns {Promise<number>} */
      select: (rid) => call("select", name, rid),
      end: () => call("end", name),
    };
  };
  return {
    /** @param {object} to */
    publish: (to) => begin("publish", to),
    /** @param {object} from */
    watch: (from) => begin("watch", from),
  };
}

/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof visit>>["watch"]>>} Peer */

/**
 * What a viewer gets of what a publisher sends, until that is enough to judge, or has taken too long.
 * @param {Peer} publisher @param {Peer} viewer @param {number} [patience] in milliseconds
 */
export async function served(publisher, viewer, patience = PATIENCE_MS) {
  for (const { refused } of [publisher, viewer]) assert.equal(refused, undefined);
  const giveUp = Date.now() + patience;
  let first = await viewer.counts();
  while (first.decoded === 0 && Date.now() < giveUp) {
    await sleep(GLANCE_MS);
    first = await viewer.counts();
  }
  await sleep(SETTLE_MS);
  first = await viewer.counts();
  const before = await publisher.counts();
  for (;;) {
    const last = await viewer.counts();
    const frames = last.decoded - first.decoded;
    if (frames >= FRAMES || Date.now() >= giveUp) {
      const after = await publisher.counts();
      const { connectMs } = viewer;
      const { size, codec, path } = last;
      // A second, as each end counts them: neither is asked at the same moments as the other.
      const fps = { sent: rate(after.sent - before.sent, before, after), seen: rate(frames, first, last) };
      const sound = { pieces: last.pieces - first.pieces, energy: last.energy - first.energy };
      return { connectMs, frames, fps, size, codec, sound, path };
    }
    await sleep(GLANCE_MS);
  }
}

/** @param {number} frames @param {Counts} before @param {Counts} after */
const rate = (frames, before, after) => Math.round((10_000 * frames) / (after.at - before.at)) / 10;

/**
 * Nearly every picture came, and sound with it.
 * @param {Awaited<ReturnType<typeof served>>} served
 * @param {{ codec: string, size?: number[] }} wanted no size: whatever the publisher's encoder thinks its network takes
 */
export function assertServed({ frames, fps, size, codec, sound }, wanted) {
  assert.ok(frames >= FRAMES, `${frames} pictures`);
  assert.ok(fps.seen >= MOST * fps.sent, `${fps.seen} of ${fps.sent} pictures a second`);
  assert.equal(codec, wanted.codec);
  const [width = 0, height = 0] = size;
  if (wanted.size) assert.deepEqual(size, wanted.size);
  else assert.ok(width > 0 && width * 9 === height * 16, `${width}×${height}`);
  assert.ok(sound.pieces > 0, `${sound.pieces} pieces of sound`);
  assert.ok(sound.energy > 0, "the sound is silence");
}
