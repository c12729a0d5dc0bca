// What a browser test needs: a server, a browser, the test site, and pages in it; all ended with the test file.

import { after, before } from "node:test";

import { launch } from "./chromium.mjs";
import { Server } from "./server.mjs";
import { serveSite } from "./site.mjs";
import { visitor } from "./visitors.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

/** How long an event may take on a busy machine; what is tested takes a fraction of a second, if not said otherwise. */
export const SOON_MS = 20_000;
/** For a whole test. */
export const LIMIT = { timeout: 90_000 };

/**
 * Starts it before the file's first test and ends it after its last. `media` is the IP address for WebRTC.
 * @param {Parameters<typeof launch>[0] & { media?: string }} [options]
 */
export function theatre(options) {
  const place = options?.media === undefined ? {} : { media: options.media };
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Server} */
  let server;
  /** @type {Awaited<ReturnType<typeof serveSite>>} */
  let site;
  before(async () => {
    [browser, server, site] = await Promise.all([launch(options), Server.start(place), serveSite()]);
  });
  after(async () => {
    await Promise.all([browser?.close(), server?.stop(), site?.stop()]);
  });
  return {
    get browser() {
      return browser;
    },
    get server() {
      return server;
    },
    /**
     * A page with the package, which takes the test's server for its orchestrator. Closed after the test.
     * @param {import("node:test").TestContext} test @param {{ orchestrator?: string, allowed?: boolean }} [of]
     */
    async page(test, { orchestrator = server.url, allowed = true } = {}) {
      const page = await visitor(browser);
      test.after(() => page.context().close());
      if (!allowed) await page.context().clearPermissions();
      const broken = new Promise((_, reject) => page.once("pageerror", reject));
      const opened = page
        .goto(`${site.url}/?${new URLSearchParams({ orchestrator })}`)
        .then(() => page.waitForFunction(() => "stage" in globalThis));
      await Promise.race([opened, broken]);
      return page;
    },
  };
}

/**
 * Waits until a session has told something; the states until then are in the failure.
 * @param {BrowserPage} page @param {string} what as `stage.note` writes it
 */
export async function heard(page, what) {
  try {
    await page.waitForFunction((text) => globalThis.stage.told.includes(text), what, { timeout: SOON_MS, polling: 50 });
  } catch (error) {
    const told = await page.evaluate(() => globalThis.stage.told);
    throw new Error(`"${what}" never came, only ${JSON.stringify(told)}`, { cause: error });
  }
}

/**
 * Waits until a screen (see `stage.screen`, kept in `globalThis.screens`) has shown so many more different frames.
 * @param {BrowserPage} page @param {string} name @param {{ count?: number, height?: number }} [wanted]
 * @returns {Promise<{ width: number, height: number }>} the size of the last
 */
export async function plays(page, name, { count = 10, height } = {}) {
  const handle = await page.waitForFunction(
    ({ of, from, many, lines }) => {
      const frames = globalThis.screens[of]?.frames.slice(from).filter((frame) => !lines || frame.height === lines);
      const numbers = new Set(frames?.map(({ number }) => number).filter((number) => number !== undefined));
      return numbers.size >= many && frames?.at(-1);
    },
    {
      of: name,
      from: await page.evaluate((of) => globalThis.screens[of]?.frames.length ?? 0, name),
      many: count,
      lines: height,
    },
    { timeout: SOON_MS, polling: 50 },
  );
  const { width, height: shown } = /** @type {import("./page/globals.js").Shown} */ (await handle.jsonValue());
  return { width, height: shown };
}

/**
 * Watches the source of a stream on a screen of that name, until it plays.
 * @param {BrowserPage} page @param {string} stream
 */
export async function watchSource(page, stream) {
  await page.evaluate(async (of) => {
    const { LightNode, orchestrator, screen, note } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const shown = screen();
    globalThis.screens = { source: shown };
    globalThis.view = await node.watch(of, shown.video, { rendition: "source", onState: note("view") });
  }, stream);
  await plays(page, "source");
}
