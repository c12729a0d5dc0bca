// The pages in Firefox, which sends VP8 and decodes no H.264, and in Chromium beside it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { firefoxPage, launchFirefox, ownAddress } from "./firefox.mjs";
import { noteRequests, requestsOf } from "./requests.mjs";
import { LIMIT, SOON_MS, theatre } from "./theatre.mjs";
import { broadcast, visitor, watch } from "./visitors.mjs";
import { wired } from "./wire.mjs";

/** @typedef {import("puppeteer-core").Page} FirefoxPage */

const stage = theatre({ camera: "two", media: ownAddress() });
/** @type {import("puppeteer-core").Browser} */
let firefox;
before(async () => {
  firefox = await launchFirefox();
});
after(() => firefox?.close());

/** Firefox, live on the real page. @param {import("node:test").TestContext} t @param {string} [url] where the page is */
async function broadcastFromFirefox(t, url = stage.server.url) {
  const page = await firefoxPage(firefox, url);
  t.after(() => page.browserContext().close());
  await noteRequests(page);
  const wrong = complaints(page);
  await page.locator("#go-live").click();
  await orProblem(page, "#live:not([hidden])");
  const link = await page.$eval("#share-link", (field) => /** @type {HTMLInputElement} */ (field).value);
  return { page, link, wrong };
}

/** What a page's console complains of. @param {FirefoxPage} page */
function complaints(page) {
  /** @type {string[]} */
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`${error}`));
  return wrong;
}

/** Waits for an element; in vain, says what the page says. @param {FirefoxPage} page @param {string} selector */
async function orProblem(page, selector) {
  try {
    await page.waitForSelector(selector, { timeout: SOON_MS });
  } catch (error) {
    const said = await page.$eval("body", (body) => body.innerText);
    throw new Error(`the page says: ${said.replace(/\s+/g, " ")}`, { cause: error });
  }
}

/** Waits until a page's video has shown so many more frames of that height. @param {FirefoxPage} page @param {number} height */
async function shown(page, height) {
  await page.waitForFunction(
    (lines) => (globalThis.probe.frames ?? []).filter((frame) => frame.height === lines).length >= 30,
    { timeout: SOON_MS },
    height,
  );
}

test("Firefox broadcasts, and Chromium watches the source and a rung", LIMIT, async (t) => {
  const { link, wrong } = await broadcastFromFirefox(t);
  for (const [rendition, lines] of /** @type {const} */ ([
    ["240p", 240],
    ["Source", undefined],
  ])) {
    const sofa = await watch(stage.browser, link, rendition);
    t.after(() => sofa.context().close());
    await sofa.waitForFunction(
      (wanted) => (globalThis.probe.frames ?? []).filter(({ height }) => (wanted ? height === wanted : height > 480)).length >= 30,
      lines,
      { timeout: SOON_MS, polling: 100 },
    );
  }
  assert.deepEqual(wrong, []);
});

test("Firefox's picture changes on air, on one connection", LIMIT, async (t) => {
  const { page: studio, link, wrong } = await broadcastFromFirefox(t);
  const sofa = await visitor(stage.browser);
  t.after(() => sofa.context().close());
  await sofa.goto(link);
  await sofa.locator("body[data-phase=live]").waitFor({ timeout: SOON_MS });
  const before = await studio.$eval("#preview", (video) => {
    const media = /** @type {MediaStream} */ (/** @type {HTMLVideoElement} */ (video).srcObject);
    return media.getVideoTracks()[0]?.id;
  });
  // The same fake camera, opened anew.
  await studio.$eval("#camera", (menu) => menu.dispatchEvent(new Event("change")));
  await studio.waitForFunction(
    (id) => {
      const media = /** @type {MediaStream | null} */ (document.querySelector("video")?.srcObject ?? null);
      return media !== null && media.getVideoTracks()[0]?.id !== id;
    },
    { timeout: SOON_MS },
    before,
  );
  await sofa.evaluate(() => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector("#video"));
    globalThis.probe.frames = globalThis.probe.screen(video);
  });
  await sofa.waitForFunction(() => (globalThis.probe.frames?.length ?? 0) > 30, null, { timeout: SOON_MS, polling: 100 });
  assert.equal(await studio.evaluate(() => globalThis.probe.posts("/whip/").length), 1);
  assert.deepEqual(wrong, []);
});

test("Chromium broadcasts H.264, and Firefox watches a rung in VP8", LIMIT, async (t) => {
  const { page: studio, link } = await broadcast(stage.browser, stage.server.url);
  t.after(() => studio.context().close());
  const sofa = await firefoxPage(firefox, link);
  t.after(() => sofa.browserContext().close());
  const wrong = complaints(sofa);
  await sofa.$eval("#video", (video) => {
    globalThis.probe.frames = globalThis.probe.screen(/** @type {HTMLVideoElement} */ (video));
  });
  await orProblem(sofa, "#picker input[value='240p']");
  await sofa.$eval("#picker input[value='240p']", (choice) => /** @type {HTMLInputElement} */ (choice).click());
  await shown(sofa, 240);
  assert.deepEqual(wrong, []);
});

/** Waits until a page has restarted ICE. @param {FirefoxPage} page */
async function patched(page) {
  try {
    await page.waitForFunction(() => globalThis.requests.includes("PATCH 200"), { timeout: SOON_MS });
  } catch (error) {
    throw new Error(`no restart, only ${await requestsOf(page)}`, { cause: error });
  }
}

test("a broadcast from Firefox whose path dies has another within the same session", LIMIT, async (t) => {
  const wire = await wired({ host: ownAddress() });
  t.after(() => wire.stop());
  const { page: studio, link, wrong } = await broadcastFromFirefox(t, wire.server.url);
  const sofa = await watch(stage.browser, link, "240p");
  t.after(() => sofa.context().close());
  const before = wire.sockets;
  wire.cut();
  await patched(studio);
  await sofa.evaluate(() => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector("#video"));
    globalThis.probe.frames = globalThis.probe.screen(video);
  });
  await sofa.waitForFunction(() => (globalThis.probe.frames?.length ?? 0) > 30, null, { timeout: SOON_MS, polling: 100 });
  assert.ok(wire.sockets >= before + 2, `${wire.sockets - before} new sockets`);
  assert.deepEqual(await requestsOf(studio), ["POST 201", "PATCH 200"]);
  assert.deepEqual(wrong, []);
});

test("Firefox that watches has another path within the same session, when the one it had dies", LIMIT, async (t) => {
  const wire = await wired({ host: ownAddress() });
  t.after(() => wire.stop());
  const { page: studio, link } = await broadcast(stage.browser, wire.server.url);
  t.after(() => studio.context().close());
  const sofa = await firefoxPage(firefox, link);
  t.after(() => sofa.browserContext().close());
  await orProblem(sofa, "body[data-phase=live]");
  await noteRequests(sofa);
  wire.cut();
  await patched(sofa);
  await sofa.$eval("#video", (video) => {
    globalThis.probe.frames = globalThis.probe.screen(/** @type {HTMLVideoElement} */ (video));
  });
  await sofa.waitForFunction(() => (globalThis.probe.frames?.length ?? 0) > 30, { timeout: SOON_MS });
  assert.deepEqual(await requestsOf(sofa), ["PATCH 200"]);
});
