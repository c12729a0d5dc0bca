// Headless Firefox, with its own moving picture and tone as camera and microphone.

import { networkInterfaces } from "node:os";

import puppeteer from "puppeteer-core";

import { BARCODE_SCRIPT } from "./barcode.mjs";
import { FIREFOX } from "./places.mjs";
import { PROBE_SCRIPT } from "./probe.mjs";

/** @typedef {import("puppeteer-core").Page} FirefoxPage */

const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  // Where a machine has loopback alone.
  "media.peerconnection.ice.loopback": true,
  "media.autoplay.default": 0,
};

/** This machine's address as Firefox takes it for media: it has loopback in no candidate where there is another. */
export function ownAddress() {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** Starts it. */
export async function launchFirefox() {
  return puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, extraPrefsFirefox: PREFERENCES });
}

/**
 * A visitor's page with the probe in it, at `url`.
 * @param {import("puppeteer-core").Browser} browser @param {string} url
 */
export async function firefoxPage(browser, url) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.evaluateOnNewDocument(`${BARCODE_SCRIPT};${PROBE_SCRIPT}`);
  await page.goto(url);
  return page;
}
