// The whole thing as visitors use it, in headless Chromium: one page broadcasts the film, others watch renditions of it.
//
//   node demo.mjs --url http://127.0.0.1:8080 [--seconds 20] [--renditions 480p,240p] [--admin http://127.0.0.1:8081] [--json]
//
// With --admin, where the operator sees what comes in, the broadcast is paid for: a visitor pays in, another bonds, and
// what they see is compared with what the operator sees. Prints what happened, and ends with 1 when something did not work.

import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

import { launch } from "./chromium.mjs";
import { Economy, told, unpaid } from "./economy.mjs";
import { captured, delays, distinct, freezes, percentile, round, summary } from "./figures.mjs";
import { FILM } from "./film.mjs";
import { audible, soundDelay } from "./hearing.mjs";
import { BUSY, machineLoad } from "./load.mjs";
import { observed } from "./probe.mjs";
import { broadcast, seat, tune, visitor } from "./visitors.mjs";

/** The share of the source's frames that a viewer has to see. */
const ENOUGH = 0.9;
/** Renditions keep this many frames in flight at most; more at the end of the watch is not waited for. */
const SETTLE_MS = 500;

/** @typedef {Awaited<ReturnType<typeof observed>>} Observed */
/** @typedef {Observed & { rendition: string }} Watched */

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    seconds: { type: "string", default: "20" },
    renditions: { type: "string", default: "480p,240p" },
    admin: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
if (options.url === undefined) throw new Error("say where the pages are: --url http://127.0.0.1:8080");
const seconds = Number(options.seconds);

const browser = await launch();
let code = 1;
try {
  const seen = await show(options.url, options.renditions.split(","), seconds);
  const results = evaluate(seen, seconds);
  print(results, seen.load);
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  code = results.problems.length === 0 ? 0 : 1;
} catch (error) {
  // Playwright's messages go on with colours and its call log.
  const [message] = (error instanceof Error ? error.message : String(error)).split("\n");
  process.stderr.write(`the demo did not work: ${message}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ problems: [message] })}\n`);
} finally {
  await browser.close();
}
process.exitCode = code;

/** @param {string} url @param {string[]} renditions @param {number} duration */
async function show(url, renditions, duration) {
  // Every visitor has opened a page before anything is measured: here they share a machine, elsewhere they do not.
  const payer = await visitor(browser);
  const economy = options.admin === undefined ? undefined : await Economy.prepare(browser, payer, url, options.admin);
  const viewers = [];
  for (const rendition of renditions) viewers.push({ rendition, page: await seat(browser, url) });
  const { page, link } = await broadcast(payer, url);
  for (const viewer of viewers) await tune(viewer.page, link, viewer.rendition);
  const load = machineLoad();
  await wait(duration * 1000 + SETTLE_MS);
  const busy = load();
  const source = await observed(page);
  const watched = await Promise.all(
    viewers.map(async (viewer) => ({ rendition: viewer.rendition, ...(await observed(viewer.page)) })),
  );
  const tickets = await economy?.settle(page);
  return { source, watched, load: busy, tickets };
}

/**
 * @typedef {object} Results
 * @property {number} source_fps of the camera
 * @property {number} source_frames that the camera should make while a viewer watches
 * @property {{ name: string, width: number, height: number, frames_shown: number, freezes: number, fps: number }[]} renditions
 * @property {boolean} audio whether every viewer heard something
 * @property {number | null} av_skew_ms how much later than its picture sound was, where it was most
 * @property {{ p50: number, p95: number }} glass_ms from the camera's frame to the first viewer's screen
 * @property {number} connect_ms from POST to the first picture, where it took longest
 * @property {import("./economy.mjs").Tickets} [tickets] what was paid, where anything was
 */

/** @param {{ source: Observed, watched: Watched[], tickets: import("./economy.mjs").Tickets | undefined }} seen @param {number} duration */
function evaluate({ source, watched, tickets }, duration) {
  const frames = captured(source.frames);
  const spans = watched.map((viewer) => span(viewer, duration));
  const glass = spans.map(({ shown }) => delays(frames, shown));
  const sourceFrames = FILM.fps * duration;
  const skews = watched.flatMap(({ heard }, i) => {
    const sound = source.heard && heard && soundDelay(source.heard, heard);
    return sound === undefined ? [] : [round(sound - percentile(glass[i] ?? [], 0.5))];
  });
  /** @type {Results} */
  const results = {
    source_fps: round(rate(frames)),
    source_frames: sourceFrames,
    renditions: spans.map(({ name, width, height, shown }) => ({
      name,
      width,
      height,
      frames_shown: shown.length,
      freezes: freezes(shown),
      fps: round(shown.length / duration),
    })),
    audio: watched.every(({ heard }) => audible(heard)),
    av_skew_ms: skews.sort((a, b) => Math.abs(b) - Math.abs(a))[0] ?? null,
    glass_ms: summary(glass[0] ?? []),
    connect_ms: round(Math.max(...watched.map(connecting))),
    ...(tickets ? { tickets } : {}),
  };
  return { ...results, problems: problems(results, skews.length) };
}

/** What a viewer saw of its rendition at full size, from its first frame on. @param {Watched} viewer @param {number} duration */
function span({ rendition, frames }, duration) {
  const lines = Number.parseInt(rendition, 10);
  const wanted = frames.filter(({ height }) => Number.isNaN(lines) || height === lines);
  const [first] = wanted;
  const end = (first?.at ?? 0) + duration * 1000;
  const shown = distinct(wanted.filter(({ at }) => at < end));
  return { name: rendition, width: first?.width ?? 0, height: first?.height ?? 0, shown };
}

/** From the POST of the session that brought the first frame to that frame. @param {Watched} viewer */
function connecting({ frames, posts }) {
  const [first] = frames;
  const post = first && posts.findLast((at) => at < first.at);
  return first && post ? first.at - post : Number.NaN;
}

/** @param {import("./page/globals.js").Shown[]} frames */
function rate(frames) {
  const [first] = frames;
  const last = frames.at(-1);
  return first && last ? ((frames.length - 1) * 1000) / (last.at - first.at) : 0;
}

/** @param {Results} results @param {number} aligned how many viewers heard the film */
function problems(results, aligned) {
  const found = results.renditions
    .filter(({ frames_shown }) => frames_shown < ENOUGH * results.source_frames)
    .map(({ name, frames_shown }) => `${name} showed ${frames_shown} of ${results.source_frames} frames`);
  if (!results.audio) found.push("a viewer heard nothing");
  else if (aligned < results.renditions.length) found.push("a viewer heard something that is not the film");
  return results.tickets ? [...found, ...unpaid(results.tickets)] : found;
}

/** @param {Results & { problems: string[] }} results @param {number} load */
function print(results, load) {
  const rows = results.renditions.map(
    ({ name, width, height, frames_shown, fps, freezes: stops }) =>
      `  ${name.padEnd(8)} ${`${width}×${height}`.padEnd(10)} ${String(frames_shown).padStart(5)} ${fps.toFixed(1).padStart(6)} ${String(stops).padStart(8)}`,
  );
  const { glass_ms, av_skew_ms, connect_ms } = results;
  const lines = [
    `source: ${results.source_fps} frames a second; ${results.source_frames} frames while the viewers watched`,
    `  ${"viewer".padEnd(8)} ${"size".padEnd(10)} ${"shown".padStart(5)} ${"fps".padStart(6)} ${"freezes".padStart(8)}`,
    ...rows,
    `glass to glass ${glass_ms.p50} ms (p95 ${glass_ms.p95}), from the camera's frame to the first viewer's screen`,
    `sound ${results.audio ? "heard" : "not heard"}${av_skew_ms === null ? "" : `, ${av_skew_ms} ms after its picture`}`,
    `first picture ${connect_ms} ms after the request`,
    ...(results.tickets ? told(results.tickets) : []),
    ...results.problems.map((problem) => `PROBLEM: ${problem}`),
    ...(load > BUSY ? [`the machine was ${Math.round(load * 100)} % busy: a quieter one may do better`] : []),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
