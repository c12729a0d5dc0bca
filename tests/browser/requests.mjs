// What a page asks of a server, as `METHOD status`, in order.

import { SOON_MS } from "./theatre.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

/** What Playwright's and Puppeteer's pages have in common. @typedef {{ evaluate: any }} AnyPage */

/** Notes them from now on, GETs aside. @param {AnyPage} page */
export async function noteRequests(page) {
  await page.evaluate(() => {
    globalThis.requests = [];
    const request = fetch;
    globalThis.fetch = async (input, init) => {
      const method = init?.method ?? "GET";
      if (method === "GET") return request(input, init);
      const response = await request(input, init).catch((/** @type {unknown} */ error) => {
        globalThis.requests.push(`${method} failed`);
        throw error;
      });
      globalThis.requests.push(`${method} ${response.status}`);
      return response;
    };
  });
}

/** Waits for a request of the page. @param {BrowserPage} page @param {string} what */
export async function requested(page, what) {
  try {
    await page.waitForFunction((text) => globalThis.requests.includes(text), what, { timeout: SOON_MS, polling: 50 });
  } catch (error) {
    throw new Error(`no ${what}, only ${await requestsOf(page)}`, { cause: error });
  }
}

/** What was noted. @param {AnyPage} page @returns {Promise<string[]>} */
export const requestsOf = (page) => page.evaluate(() => globalThis.requests);
