// What is broadcast changes while it is on air: another picture, another sound, none; on one connection.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT, SOON_MS, plays, theatre, watchSource } from "./theatre.mjs";
import { visitor } from "./visitors.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const stage = theatre({ camera: "two" });

/** Broadcasts a picture without sound, and watches it. @param {import("node:test").TestContext} t @param {string} name */
async function live(t, name) {
  const [studio, sofa] = [await stage.page(t), await stage.page(t)];
  // Sound wants a touch first.
  await studio.mouse.click(5, 5);
  const stream = await studio.evaluate(async (called) => {
    const { LightNode, orchestrator, pattern, note } = globalThis.stage;
    const Connection = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Connection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration);
        globalThis.direct = this;
      }
    };
    const node = await LightNode.create({ orchestrator });
    globalThis.media = pattern();
    globalThis.live = await node.broadcast(globalThis.media, { name: called, ladder: [], onState: note("live") });
    globalThis.live.addEventListener("sourceended", ({ detail }) => globalThis.stage.told.push(`${detail.kind} ended`));
    return globalThis.live.stream;
  }, name);
  await watchSource(sofa, stream);
  return { studio, sofa };
}

/** Waits until the viewer receives audio, and listens: the loudest moment of the second after. @param {BrowserPage} sofa */
async function loudest(sofa) {
  return sofa.evaluate(async () => {
    const media = /** @type {MediaStream} */ (globalThis.screens.source?.video.srcObject);
    const [track] = media.getAudioTracks();
    if (track === undefined) throw new Error("the viewer has no audio track");
    const { loudness } = globalThis.probe.sound(track);
    while (loudness.length < 200) await new Promise((resolve) => setTimeout(resolve, 50));
    return Math.max(...loudness.slice(-200));
  });
}

/** How the picture is sent: what gives way on a narrow uplink, and at most how many bits. @param {BrowserPage} studio */
const manner = (studio) =>
  studio.evaluate(() => {
    const sender = globalThis.direct.getSenders().find(({ track }) => track?.kind === "video");
    const parameters = /** @type {RTCRtpSendParameters & { degradationPreference?: string }} */ (sender?.getParameters());
    return [parameters.degradationPreference, parameters.encodings[0]?.maxBitrate];
  });

/** @param {BrowserPage} page @param {string} path */
const posts = (page, path) => page.evaluate((of) => globalThis.probe.posts(of).length, path);

test("another picture takes over on the same connection, larger than the one before", LIMIT, async (t) => {
  const { studio, sofa } = await live(t, "picture");
  await studio.evaluate(() => {
    const [track] = globalThis.stage.pattern({ from: 30_000, width: 640, height: 360 }).getVideoTracks();
    return track && globalThis.live.replaceVideo(track);
  });
  await plays(sofa, "source", { height: 360 });
  const number = await sofa.evaluate(() => globalThis.screens.source?.frames.findLast((frame) => frame.number)?.number);
  assert.ok(number !== undefined && number >= 30_000, `the viewer sees frame ${number}`);
  assert.equal(await posts(studio, "/whip/"), 1);
  assert.equal(await posts(sofa, "/whep/"), 1);
  assert.deepEqual(await sofa.evaluate(() => globalThis.stage.told), ["view connecting", "view live"]);
});

test("people keep moving and screens stay sharp, each with the bits that its size takes", LIMIT, async (t) => {
  const { studio, sofa } = await live(t, "manner");
  assert.deepEqual(await manner(studio), ["maintain-framerate", 300_000]);
  await studio.evaluate(async () => {
    const [track] = globalThis.stage.pattern({ width: 1280, height: 720, fps: 5 }).getVideoTracks();
    if (track) await globalThis.live.replaceVideo(Object.assign(track, { contentHint: "detail" }));
  });
  await plays(sofa, "source", { height: 720, count: 3 });
  assert.deepEqual(await manner(studio), ["maintain-resolution", 2_500_000]);
});

test("a broadcast without a microphone carries silence, into which one is switched", LIMIT, async (t) => {
  const { studio, sofa } = await live(t, "hush");
  const bytes = await studio.waitForFunction(
    async () => {
      for await (const { audioBitrate } of globalThis.live.stats()) if (audioBitrate > 0) return audioBitrate;
      return 0;
    },
    null,
    { timeout: SOON_MS },
  );
  assert.ok(/** @type {number} */ (await bytes.jsonValue()) > 0, "nothing is sent for sound");
  assert.ok((await loudest(sofa)) < 0.001, "silence is heard");
  await studio.evaluate(() => globalThis.live.replaceAudio(globalThis.stage.tone()[0] ?? null));
  await assert.doesNotReject(louder(sofa));
  await studio.evaluate(() => globalThis.live.replaceAudio(null));
  await assert.doesNotReject(quiet(sofa));
  assert.equal(await posts(studio, "/whip/"), 1);
});

test("sound that ends by itself becomes silence, and the page is told", LIMIT, async (t) => {
  const { studio, sofa } = await live(t, "unplugged");
  await studio.evaluate(async () => {
    const [track] = globalThis.stage.tone();
    if (track === undefined) throw new Error("no tone");
    await globalThis.live.replaceAudio(track);
    globalThis.media.addTrack(track);
  });
  await louder(sofa);
  // A device that is unplugged ends its track so; a program cannot unplug one.
  await studio.evaluate(() => {
    const [track] = globalThis.media.getAudioTracks();
    track?.dispatchEvent(new Event("ended"));
  });
  await quiet(sofa);
  assert.deepEqual(await studio.evaluate(() => globalThis.stage.told), ["live connecting", "live live", "audio ended"]);
  await plays(sofa, "source");
});

test("a track of the wrong kind is refused, and what was sent goes on", LIMIT, async (t) => {
  const { studio, sofa } = await live(t, "wrong");
  const outcomes = await studio.evaluate(async () => {
    const { outcome, tone, pattern } = globalThis.stage;
    const [sound, picture] = [tone()[0], pattern().getVideoTracks()[0]];
    if (!sound || !picture) throw new Error("no tracks");
    const over = picture.clone();
    over.stop();
    return [
      await outcome(globalThis.live.replaceVideo(sound)),
      await outcome(globalThis.live.replaceAudio(picture)),
      await outcome(globalThis.live.replaceVideo(over)),
    ];
  });
  assert.deepEqual(outcomes, ["invalid_argument", "invalid_argument", "invalid_argument"]);
  await plays(sofa, "source");
});

/** @param {BrowserPage} sofa */
const louder = (sofa) => until(sofa, (level) => level > 0.01);
/** @param {BrowserPage} sofa */
const quiet = (sofa) => until(sofa, (level) => level < 0.001);

/** @param {BrowserPage} sofa @param {(level: number) => boolean} fits */
async function until(sofa, fits) {
  const deadline = Date.now() + SOON_MS;
  for (let level = await loudest(sofa); !fits(level); level = await loudest(sofa)) {
    if (Date.now() > deadline) throw new Error(`the viewer hears ${level}`);
  }
}

/** The real page, live. @param {import("node:test").TestContext} t */
async function onAir(t) {
  const page = await visitor(stage.browser);
  t.after(() => page.context().close());
  /** @type {string[]} */
  const wrong = [];
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(message.text());
  });
  await page.goto(stage.server.url);
  await page.getByRole("button", { name: "Go live" }).click();
  const link = page.getByLabel("Anyone with this link can watch");
  await link.waitFor({ timeout: SOON_MS });
  return { page, link: await link.inputValue(), wrong };
}

/** What the preview shows. @param {BrowserPage} page @param {string} pattern of the picture's label */
async function shows(page, pattern) {
  await page.waitForFunction(
    (like) => {
      const media = /** @type {MediaStream | null} */ (document.querySelector("video")?.srcObject ?? null);
      return media?.getVideoTracks().some(({ label, readyState }) => readyState === "live" && new RegExp(like).test(label));
    },
    pattern,
    { timeout: SOON_MS, polling: 50 },
  );
}

test("a visitor changes camera, microphone and to the screen and back, with the keyboard, and stays live", LIMIT, async (t) => {
  const { page, wrong } = await onAir(t);
  const camera = page.getByRole("combobox", { name: "Camera" });
  const labels = await camera.locator("option").allInnerTexts();
  const [first, second] = labels.filter((label) => label !== "Default");
  assert.ok(first && second, `cameras: ${labels}`);
  for (const label of [second, first]) {
    await camera.selectOption({ label });
    await shows(page, label);
  }
  await page.getByRole("combobox", { name: "Microphone" }).selectOption({ label: "None" });
  await page.getByRole("button", { name: "Mute the sound" }).waitFor({ state: "hidden", timeout: SOON_MS });
  await page.getByRole("combobox", { name: "Microphone" }).selectOption({ index: 1 });
  await page.getByRole("button", { name: "Mute the sound" }).waitFor({ timeout: SOON_MS });
  await page.getByRole("radio", { name: "Camera" }).focus();
  await page.keyboard.press("ArrowRight");
  await shows(page, "screen");
  assert.ok(await page.getByRole("radio", { name: "Screen" }).isChecked());
  await page.keyboard.press("ArrowLeft");
  await shows(page, "fake_device");
  assert.equal(await posts(page, "/whip/"), 1, "a switch made a new session");
  assert.deepEqual(wrong, []);
});

test("sharing that is stopped from outside brings the camera back", LIMIT, async (t) => {
  const { page } = await onAir(t);
  await page.getByRole("radio", { name: "Screen" }).check({ force: true });
  await shows(page, "screen");
  await page.locator("#preview").evaluate((element) => {
    const media = /** @type {MediaStream} */ (/** @type {HTMLVideoElement} */ (element).srcObject);
    media.getVideoTracks()[0]?.dispatchEvent(new Event("ended"));
  });
  await shows(page, "fake_device");
  await page.getByText("Sharing has stopped: viewers see your camera now.").waitFor({ timeout: SOON_MS });
  assert.equal(await posts(page, "/whip/"), 1);
});

test("the mirror is the preview's alone", LIMIT, async (t) => {
  const { page } = await onAir(t);
  const preview = page.locator("#preview");
  assert.equal(await preview.getAttribute("data-mirrored"), "true");
  await page.getByRole("switch", { name: /Mirror my preview/ }).press("Space");
  assert.equal(await preview.getAttribute("data-mirrored"), "false");
  const level = page.getByRole("meter", { name: "Loudness" });
  assert.match((await level.getAttribute("aria-valuetext")) ?? "", /silent|quiet|good|very loud/);
});
