// From one page to another: the built package against the real server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { audible, soundDelay } from "./hearing.mjs";
import { observed } from "./probe.mjs";
import { LIMIT, SOON_MS, heard, plays, theatre } from "./theatre.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const stage = theatre();

/** Broadcasts the film, and observes what is captured. @param {BrowserPage} page @param {string} name */
async function broadcastFilm(page, name) {
  return page.evaluate(async (called) => {
    const { LightNode, capture, orchestrator, note } = globalThis.stage;
    globalThis.node = await LightNode.create({ orchestrator });
    const { media } = await capture({ source: "camera", echoCancellation: false });
    const [picture, sound] = media.getTracks().sort((a, b) => b.kind.localeCompare(a.kind));
    if (picture) globalThis.probe.frames = globalThis.probe.capture(picture);
    if (sound) globalThis.probe.heard = globalThis.probe.sound(sound);
    globalThis.live = await globalThis.node.broadcast(media, { name: called, onState: note("live") });
    return globalThis.live.stream;
  }, name);
}

/** Watches renditions, each on a screen of its name. @param {BrowserPage} page @param {string} stream @param {string[]} renditions */
async function watch(page, stream, renditions) {
  await page.evaluate(
    async ({ of, names }) => {
      const { LightNode, orchestrator, screen, note } = globalThis.stage;
      globalThis.node = await LightNode.create({ orchestrator });
      globalThis.screens = {};
      for (const rendition of names) {
        const shown = screen();
        globalThis.screens[rendition] = shown;
        globalThis.view = await globalThis.node.watch(of, shown.video, { rendition, onState: note(rendition) });
      }
    },
    { of: stream, names: renditions },
  );
}

/** What can be watched of a page's broadcast, once that is known. @param {BrowserPage} page */
async function offered(page) {
  await page.waitForFunction(() => globalThis.live.renditions.length > 0, null, { timeout: SOON_MS, polling: 50 });
  return page.evaluate(() => globalThis.live.renditions);
}

test("the film and its sound reach another page as renditions", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcastFilm(studio, "film");
  const renditions = await offered(studio);
  const sizes = Object.fromEntries(renditions.map(({ name, width, height }) => [name, `${width}×${height}`]));
  assert.deepEqual(sizes, { source: "1280×720", "480p": "854×480", "360p": "640×360", "240p": "426×240" });

  await watch(sofa, stream, ["480p", "240p"]);
  assert.deepEqual(await plays(sofa, "480p", { count: 25 }), { width: 854, height: 480 });
  assert.deepEqual(await plays(sofa, "240p", { count: 25 }), { width: 426, height: 240 });

  await sofa.evaluate(() => {
    const media = /** @type {MediaStream} */ (globalThis.screens["480p"]?.video.srcObject);
    const [sound] = media.getAudioTracks();
    if (sound) globalThis.probe.heard = globalThis.probe.sound(sound);
  });
  const blocks = 5_000 / 5;
  await sofa.waitForFunction((many) => (globalThis.probe.heard?.loudness.length ?? 0) > many, blocks, { polling: 100 });
  const [{ heard: here }, { heard: there }] = [await observed(studio), await observed(sofa)];
  assert.ok(here && there && audible(there), "the viewer's track is silent");
  const delay = soundDelay(here, there);
  assert.ok(delay !== undefined && delay > 0, `what the viewer hears is not the film's sound: ${delay}`);
});

test("the publisher's first frame already has its full size", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const address = await sofa.evaluate(async () => {
    const { LightNode, orchestrator, screen, note } = globalThis.stage;
    const key = new Uint8Array(32).fill(7);
    globalThis.node = await LightNode.create({ orchestrator, key });
    globalThis.screens = { source: screen() };
    const [first] = Object.values(globalThis.screens);
    if (first) void globalThis.node.watch(globalThis.node.streamId("early"), first.video, { rendition: "source", onState: note("view") });
    return globalThis.node.address;
  });
  assert.match(address, /^0x[0-9a-f]{40}$/i);
  await heard(sofa, "view waiting");
  await studio.evaluate(async () => {
    const { LightNode, capture, orchestrator } = globalThis.stage;
    globalThis.node = await LightNode.create({ orchestrator, key: new Uint8Array(32).fill(7) });
    const { media } = await capture({ source: "camera" });
    globalThis.live = await globalThis.node.broadcast(media, { name: "early", ladder: [] });
  });
  await plays(sofa, "source");
  const first = await sofa.evaluate(() => globalThis.screens.source?.frames[0]);
  assert.deepEqual([first?.width, first?.height], [1280, 720]);
});

test("another rendition takes over without a gap", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcastFilm(studio, "switched");
  await offered(studio);
  await watch(sofa, stream, ["360p"]);
  assert.deepEqual(await plays(sofa, "360p"), { width: 640, height: 360 });
  await sofa.evaluate(() => globalThis.view.select("240p"));
  assert.equal(await sofa.evaluate(() => globalThis.view.rendition), "240p");
  assert.deepEqual(await plays(sofa, "360p", { height: 240 }), { width: 426, height: 240 });
  const emptied = await sofa.evaluate(() => globalThis.screens["360p"]?.frames.some(({ width }) => width === 0));
  assert.equal(emptied, false, "the element showed nothing for a while");
});

test("a broadcast that grows gets more renditions, and a viewer sees what then fits", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await studio.evaluate(async () => {
    const { LightNode, orchestrator, pattern } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const ladder = /** @type {const} */ (["P480p30fps16x9", "P144p30fps16x9"]);
    globalThis.live = await node.broadcast(pattern(), { name: "growing", ladder: [...ladder] });
    return globalThis.live.stream;
  });
  assert.deepEqual((await offered(studio)).map(({ name }) => name), ["source", "144p"]);
  await sofa.evaluate(async (of) => {
    const { LightNode, orchestrator, screen } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const shown = screen();
    // Too large for the small rung and the small source.
    Object.assign(shown.video.style, { width: "800px", height: "450px" });
    globalThis.screens = { any: shown };
    globalThis.view = await node.watch(of, shown.video);
  }, stream);
  assert.deepEqual(await plays(sofa, "any"), { width: 320, height: 180 });
  await studio.evaluate(async () => {
    const [picture] = globalThis.stage.pattern({ width: 1280, height: 720, from: 1000 }).getVideoTracks();
    if (picture) await globalThis.live.replaceVideo(picture);
  });
  assert.deepEqual(await plays(sofa, "any", { height: 480 }), { width: 854, height: 480 });
  const names = await sofa.evaluate(() => globalThis.view.renditions.map(({ name }) => name));
  assert.deepEqual(names, ["source", "480p", "144p"]);
  assert.equal(await sofa.evaluate(() => globalThis.view.rendition), "480p");
});

test("layers are switched within one session, and one is kept over a reconnection", LIMIT, async (t) => {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  const stream = await broadcastFilm(studio, "layers");
  await offered(studio);
  await sofa.evaluate(async (of) => {
    const { LightNode, orchestrator, screen, note } = globalThis.stage;
    const node = await LightNode.create({ orchestrator });
    const shown = screen();
    // As large as the source; the element's size decides until somebody does.
    Object.assign(shown.video.style, { width: "640px", height: "360px" });
    globalThis.screens = { any: shown };
    globalThis.view = await node.watch(of, shown.video, { onState: note("view") });
  }, stream);
  assert.deepEqual(await plays(sofa, "any", { height: 360 }), { width: 640, height: 360 });
  for (const [name, height] of /** @type {const} */ ([
    ["240p", 240],
    ["source", 720],
    ["480p", 480],
  ])) {
    await sofa.evaluate((rendition) => globalThis.view.select(rendition), name);
    await plays(sofa, "any", { height });
    assert.equal(await sofa.evaluate(() => globalThis.view.rendition), name);
  }
  const outcome = await sofa.evaluate(() => globalThis.stage.outcome(globalThis.view.select("9000p")));
  assert.equal(outcome, "unknown_rendition");
  assert.equal(await sofa.evaluate(() => globalThis.probe.posts("/whep/").length), 1, "a switch made a new session");
  await sofa.evaluate(() => globalThis.view.select("240p"));
  await stage.server.kill();
  await heard(sofa, "view retrying");
  await stage.server.again();
  await plays(sofa, "any", { height: 240 });
  await sofa.evaluate(() => globalThis.view.select("auto"));
  await plays(sofa, "any", { height: 360 });
});
