// Puts the probe into pages, and brings home what it saw.

import { readFileSync } from "node:fs";

import { BARCODE_SCRIPT } from "./barcode.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */
/** @typedef {import("./page/globals.js").Shown} Shown */
/** @typedef {import("./page/globals.js").Heard} Heard */

/** What `instrument` puts into pages. */
export const PROBE_SCRIPT = readFileSync(new URL("./page/probe.js", import.meta.url), "utf8");

/** Puts it into every page that the context loads from now on. @param {import("playwright-core").BrowserContext} context */
export async function instrument(context) {
  await context.addInitScript(`${BARCODE_SCRIPT};${PROBE_SCRIPT}`);
}

/** Watches and listens to what a page captures, which its `video` element previews. @param {BrowserPage} page @param {string} video */
export async function observeCapture(page, video) {
  await page.locator(video).evaluate((element) => {
    const media = /** @type {MediaStream} */ (/** @type {HTMLVideoElement} */ (element).srcObject);
    const [picture] = media.getVideoTracks();
    const [voice] = media.getAudioTracks();
    if (picture) globalThis.probe.frames = globalThis.probe.capture(picture);
    if (voice) globalThis.probe.heard = globalThis.probe.sound(voice);
  });
}

/** Watches a page's `video` element from its first frame on; call it before there is one. @param {BrowserPage} page @param {string} video */
export async function observeScreen(page, video) {
  await page.locator(video).evaluate((element) => {
    globalThis.probe.frames = globalThis.probe.screen(/** @type {HTMLVideoElement} */ (element));
  });
}

/** Listens to what a page's `video` element plays now. @param {BrowserPage} page @param {string} video */
export async function observeSound(page, video) {
  await page.locator(video).evaluate((element) => {
    const media = /** @type {MediaStream} */ (/** @type {HTMLVideoElement} */ (element).srcObject);
    const [voice] = media.getAudioTracks();
    if (voice) globalThis.probe.heard = globalThis.probe.sound(voice);
  });
}

/**
 * What was seen and heard so far.
 * @param {BrowserPage} page @returns {Promise<{ frames: Shown[], heard?: Heard, posts: number[] }>}
 */
export async function observed(page) {
  return page.evaluate(() => {
    const { frames = [], heard, posts } = globalThis.probe;
    return { frames, ...(heard && { heard }), posts: posts("/whep/") };
  });
}
