// Glass to glass through the transcoder, beside the same two pages connected directly; and how soon a viewer sees
// something.
//
// The glass here: a picture is drawn on a canvas in one page, and handed to another page's
// `requestVideoFrameCallback`. Both ends are the same in both cases: H.264, 2.5 Mbit/s, 720p at 30 frames a second, a
// tone beside it. Through the server the viewer gets the 480p rung of three; directly it gets what was sent.

import { setTimeout as wait } from "node:timers/promises";

import { launch } from "./chromium.mjs";
import { delays, percentile, round, summary } from "./figures.mjs";
import { BUSY, machineLoad } from "./load.mjs";
import { Server } from "./server.mjs";
import { serveSite } from "./site.mjs";
import { visitor } from "./visitors.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */
/** @typedef {{ p50: number, p95: number, load: number, frames: number }} Window */

/** Pairs of windows, one of each kind in turn. */
const PAIRS = 5;
/** A busy machine gets this many tries altogether before the bench is void. */
const TRIES = 15;
/** Of the 30 frames drawn in a second, what a window has to see to be about latency and not about a standstill. */
const FRAMES = 15;
/** What a connection gets to reach its rate before a window begins: at 2.5 Mbit/s it takes about two seconds. */
const RAMP_MS = 3_000;
const WINDOW_MS = 6_000;
const JOINS = 24;
const RENDITION = { name: "480p", height: 480 };

/** Measures. Rows for people go to `print`. @param {(line: string) => void} print */
export async function latency(print) {
  const [server, site, browser] = await Promise.all([Server.start(), serveSite(), launch({ camera: "none" })]);
  try {
    const pages = await Promise.all([0, 1].map(() => rehearse(browser, `${site.url}/?orchestrator=${server.url}`)));
    const [studio, sofa] = /** @type {[BrowserPage, BrowserPage]} */ (pages);
    await studio.evaluate(async () => {
      globalThis.media = await globalThis.rehearsal.stageFilm();
    });
    const { glass, loop, tries } = await pairs(studio, sofa, print);
    const joins = await join(studio, sofa);
    return results(glass, loop, joins, tries, print);
  } finally {
    await browser.close();
    await Promise.all([server.stop(), site.stop()]);
  }
}

/** @param {import("playwright-core").Browser} browser @param {string} url */
async function rehearse(browser, url) {
  const page = await visitor(browser);
  await page.goto(url);
  await page.addScriptTag({ url: "/page/rehearsal.js", type: "module" });
  await page.waitForFunction(() => "stage" in globalThis && "rehearsal" in globalThis);
  await page.evaluate(async () => {
    const { LightNode, orchestrator } = globalThis.stage;
    globalThis.node = await LightNode.create({ orchestrator });
  });
  return page;
}

/** @param {BrowserPage} studio @param {BrowserPage} sofa @param {(line: string) => void} print */
async function pairs(studio, sofa, print) {
  /** @type {Window[]} */
  const glass = [];
  /** @type {Window[]} */
  const loop = [];
  let tries = 0;
  print("  pair   through the server      directly            (p50/p95 ms, load of the machine)");
  for (; glass.length < PAIRS && tries < TRIES; tries += 1) {
    // Which one comes first changes from pair to pair.
    const order = tries % 2 === 0 ? [through, directly] : [directly, through];
    /** @type {Map<Function, Window>} */
    const pair = new Map();
    for (const way of order) pair.set(way, await way(studio, sofa));
    const [a, b] = [pair.get(through), pair.get(directly)];
    if (a === undefined || b === undefined) continue;
    const counts = a.load <= BUSY && b.load <= BUSY;
    for (const { frames } of counts ? [a, b] : []) {
      if (frames < (FRAMES * WINDOW_MS) / 1000) throw new Error(`only ${frames} frames of the film were seen`);
    }
    if (counts) {
      glass.push(a);
      loop.push(b);
    }
    print(`  ${String(tries + 1).padStart(4)}   ${cell(a)}   ${cell(b)}${counts ? "" : "   void: the machine was busy"}`);
  }
  return { glass, loop, tries };
}

/** @param {Window} window */
const cell = ({ p50, p95, load }) => `${p50.toFixed(1)} / ${p95.toFixed(1)} (${Math.round(load * 100)} %)`.padEnd(21);

/** Through the transcoder. @param {BrowserPage} studio @param {BrowserPage} sofa */
async function through(studio, sofa) {
  const stream = await publish(studio);
  await sofa.evaluate(
    async ({ of, rendition }) => {
      globalThis.screens = { now: globalThis.stage.screen() };
      const [shown] = Object.values(globalThis.screens);
      if (shown) globalThis.view = await globalThis.node.watch(of, shown.video, { rendition });
    },
    { of: stream, rendition: RENDITION.name },
  );
  const window = await measure(studio, sofa);
  await sofa.evaluate(() => globalThis.view.stop());
  await studio.evaluate(() => globalThis.live.stop());
  return window;
}

/** Publishes the film at full size; resolves when its rungs can be watched. @param {BrowserPage} studio */
async function publish(studio) {
  const stream = await studio.evaluate(async () => {
    const degradation = /** @type {const} */ ("maintain-resolution");
    globalThis.live = await globalThis.node.broadcast(globalThis.media, { name: "glass", degradation });
    return globalThis.live.stream;
  });
  await studio.waitForFunction(() => globalThis.live.renditions.length > 0, null, { polling: 50 });
  return stream;
}

/** Page to page. @param {BrowserPage} studio @param {BrowserPage} sofa */
async function directly(studio, sofa) {
  const offer = await studio.evaluate(() => globalThis.rehearsal.sendDirectly(globalThis.media));
  const answer = await sofa.evaluate((sdp) => {
    const shown = globalThis.stage.screen();
    globalThis.screens = { now: shown };
    return globalThis.rehearsal.receiveDirectly(sdp, shown.video);
  }, offer);
  await studio.evaluate((sdp) => globalThis.rehearsal.connectDirectly(sdp), answer);
  const window = await measure(studio, sofa);
  for (const page of [studio, sofa]) await page.evaluate(() => globalThis.direct.close());
  return window;
}

/** One window of a running connection. @param {BrowserPage} studio @param {BrowserPage} sofa @returns {Promise<Window>} */
async function measure(studio, sofa) {
  await wait(RAMP_MS);
  const load = machineLoad();
  const since = performance.timeOrigin + performance.now();
  await wait(WINDOW_MS);
  const busy = load();
  const drawn = await studio.evaluate((start) => globalThis.rehearsal.drawn.filter(({ at }) => at > start - 5_000), since);
  const shown = await sofa.evaluate((start) => globalThis.screens.now?.frames.filter(({ at }) => at > start) ?? [], since);
  await sofa.evaluate(() => globalThis.screens.now?.video.remove());
  const found = delays(drawn, shown);
  return { ...summary(found), load: busy, frames: found.length };
}

/** First pictures of viewers who join a running stream. @param {BrowserPage} studio @param {BrowserPage} sofa */
async function join(studio, sofa) {
  const stream = await publish(studio);
  await wait(RAMP_MS);
  const load = machineLoad();
  const times = [];
  for (let i = 0; i < JOINS; i += 1) {
    times.push(
      await sofa.evaluate(
        async ({ of, rendition, height }) => {
          const { video, frames } = globalThis.stage.screen();
          const view = await globalThis.node.watch(of, video, { rendition });
          while (!frames.some((frame) => frame.height === height)) await new Promise(requestAnimationFrame);
          const first = frames.find((frame) => frame.height === height)?.at ?? Number.NaN;
          const posted = globalThis.probe.posts("/whep/").at(-1) ?? Number.NaN;
          view.stop();
          video.remove();
          performance.clearResourceTimings();
          return first - posted;
        },
        { of: stream, rendition: RENDITION.name, height: RENDITION.height },
      ),
    );
  }
  await studio.evaluate(() => globalThis.live.stop());
  return { times, load: load() };
}

/**
 * @param {Window[]} glass @param {Window[]} loop @param {{ times: number[], load: number }} joins @param {number} tries
 * @param {(line: string) => void} print
 */
function results(glass, loop, joins, tries, print) {
  const isVoid = glass.length < PAIRS || joins.load > BUSY;
  const found = {
    glass_ms: medians(glass),
    loop_ms: medians(loop),
    first_frame_ms: summary(joins.times),
    spread: { glass_ms: spreads(glass), loop_ms: spreads(loop), first_frame_ms: range(joins.times) },
    windows: { counted: glass.length, tried: tries },
    void: isVoid,
  };
  const line = (/** @type {string} */ name, /** @type {{ p50: number, p95: number }} */ { p50, p95 }) =>
    print(`  ${name.padEnd(22)} ${p50.toFixed(1)} / ${p95.toFixed(1)} ms`);
  line("through the server", found.glass_ms);
  line("directly", found.loop_ms);
  line(`first picture, ${joins.times.length} joins`, found.first_frame_ms);
  if (isVoid) print(`  VOID: the machine was busier than ${BUSY * 100} % during too many windows`);
  return found;
}

/** @param {Window[]} windows */
function medians(windows) {
  const median = (/** @type {"p50" | "p95"} */ of) => round(percentile(windows.map((window) => window[of]), 0.5));
  return { p50: median("p50"), p95: median("p95") };
}

/** @param {Window[]} windows */
function spreads(windows) {
  return { p50: range(windows.map(({ p50 }) => p50)), p95: range(windows.map(({ p95 }) => p95)) };
}

/** @param {number[]} values */
const range = (values) => [round(Math.min(...values)), round(Math.max(...values))];
