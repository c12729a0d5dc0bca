// Headless Chromium, with the film as its camera and microphone.

import { chromium } from "playwright-core";

import { film } from "./film.mjs";
import { CHROMIUM } from "./places.mjs";

/** Quiet, and alike on every machine: nothing is fetched, no GPU is asked for. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Background pages are throttled; here every page is somebody's only one.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  // Viewers in the same browser would be taken for the loudspeaker, and their sound out of the microphone's.
  "--disable-features=ChromeWideEchoCancellation",
];

/**
 * Starts it. `camera`: the film; `"none"`, a machine that has neither camera nor microphone; or `"two"`, one that has two
 * of each, and a screen that it shows without asking.
 * @param {{ camera?: Camera, flags?: string[] }} [options]
 */
export async function launch({ camera = "film", flags = [] } = {}) {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags, ...(await devices(camera))] });
}

/** @typedef {"film" | "none" | "two"} Camera */

/** @param {Camera} camera */
async function devices(camera) {
  if (camera === "two") return ["--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream"];
  if (camera === "none") return ["--use-fake-device-for-media-stream=device-count=0"];
  const { video, audio } = await film();
  return [
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${video}`,
    `--use-file-for-fake-audio-capture=${audio}`,
  ];
}
