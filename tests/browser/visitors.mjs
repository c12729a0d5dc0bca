// What visitors do on the real pages, by the names that people and screen readers see.

import { instrument, observeCapture, observeScreen, observeSound } from "./probe.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} BrowserPage */

/** What going live, or seeing a first picture, may take on a busy machine. */
export const PATIENCE_MS = 20_000;

/**
 * A visitor's page on a phone that shows little motion, since software draws each pixel here: with devices allowed, the
 * probe in it, and a window of its own: of several tabs in one window only the foremost is drawn.
 * @param {Browser} browser
 */
export async function visitor(browser) {
  const context = await browser.newContext({
    permissions: ["camera", "microphone"],
    viewport: { width: 360, height: 640 },
    reducedMotion: "reduce",
  });
  await instrument(context);
  return context.newPage();
}

/**
 * Goes live with the camera, and observes what it captures: a new visitor, or one who is here already.
 * @param {Browser | BrowserPage} who @param {string} url @returns {Promise<{ page: BrowserPage, link: string }>}
 */
export async function broadcast(who, url) {
  const page = "newContext" in who ? await visitor(who) : who;
  await page.goto(url);
  await page.getByRole("button", { name: "Go live" }).click();
  const link = page.getByLabel("Anyone with this link can watch");
  await orProblem(page, link.waitFor({ timeout: PATIENCE_MS }));
  await observeCapture(page, "#preview");
  return { page, link: await link.inputValue() };
}

/**
 * Opens the watch page with nothing to watch yet, its screen observed.
 * @param {Browser} browser @param {string} url where the pages are
 */
export async function seat(browser, url) {
  const page = await visitor(browser);
  await page.goto(new URL("/watch/", url).href);
  await observeScreen(page, "#video");
  return page;
}

/**
 * Follows a watch link from there, picks a rendition, turns the sound on.
 * @param {BrowserPage} page @param {string} link @param {string} rendition its name on the picker
 */
export async function tune(page, link, rendition) {
  await page.goto(link, { waitUntil: "commit" });
  const choice = page.getByRole("group", { name: "Rendition" }).getByRole("radio", { name: rendition, exact: true });
  await orProblem(page, choice.waitFor({ state: "attached", timeout: PATIENCE_MS }));
  await choice.check({ force: true });
  // The sound to listen to is the new rendition's.
  await page.locator("#picker [data-switching=true]").waitFor({ state: "detached", timeout: PATIENCE_MS });
  const unmute = page.getByRole("button", { name: "Tap for sound" });
  if (await unmute.isVisible()) await unmute.click();
  await observeSound(page, "#video");
}

/**
 * Opens a watch link.
 * @param {Browser} browser @param {string} link @param {string} rendition its name on the picker
 */
export async function watch(browser, link, rendition) {
  const page = await seat(browser, link);
  await tune(page, link, rendition);
  return page;
}

/** Waits, and when in vain says what the page says is wrong. @param {BrowserPage} page @param {Promise<void>} waiting */
async function orProblem(page, waiting) {
  try {
    await waiting;
  } catch (error) {
    const shown = await page.locator("#problem, #veil").allInnerTexts();
    throw new Error(`the page says: ${shown.join(" ").replace(/\s+/g, " ").trim() || "nothing"}`, { cause: error });
  }
}
