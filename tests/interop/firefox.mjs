// Headless Firefox, as it comes from its distribution.

import { networkInterfaces } from "node:os";

import puppeteer from "puppeteer-core";

import { FIREFOX } from "./places.mjs";

/** This machine's address as Firefox takes it for media: it has loopback in no candidate where there is another. */
export function ownAddress() {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** Starts it. */
export async function launch() {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: {
      // The film plays without a click.
      "media.autoplay.default": 0,
      // Where a machine has loopback alone.
      "media.peerconnection.ice.loopback": true,
    },
  });
}
