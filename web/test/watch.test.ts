import assert from "node:assert/strict";
import { test } from "node:test";

import { describeProblem } from "../src/problem.ts";
import { delay } from "../src/watch/delay.ts";
import { type Key, keyIntent } from "../src/watch/keys.ts";
import { words } from "../src/watch/stage-view.ts";
import { type Action, type State, initial, reduce } from "../src/watch/state.ts";

const problem = describeProblem({ code: "connection_lost", message: "lost", remedy: "wait" });
const after = (...actions: Action[]): State => actions.reduce(reduce, initial);

test("waiting reads differently before and after the stream was live", () => {
  assert.equal(words(after({ type: "waiting" }), 0)?.title, "Not live yet");
  assert.equal(words(after({ type: "live" }, { type: "waiting" }), 0)?.title, "Off air");
});

test("each try while waiting or reconnecting changes nothing on the page", () => {
  const connecting: Action = { type: "connecting" };
  assert.equal(after({ type: "waiting" }, connecting).phase.at, "waiting");
  assert.equal(after({ type: "retrying", problem, retryAt: 1 }, connecting).phase.at, "reconnecting");
});

test("a reconnection counts down", () => {
  const state = after({ type: "live" }, { type: "retrying", problem, retryAt: 5000 });
  assert.match(words(state, 2000)?.detail ?? "", /^Trying again in 3\ss\./);
  assert.match(words(state, 6000)?.detail ?? "", /^Trying again now\./);
});

test("a picture that plays has nothing over it", () => {
  assert.equal(words(after({ type: "live" }), 0), undefined);
});

test("a switch of rendition that fails shows the old one again", () => {
  const playing: Action = { type: "renditions", renditions: [], playing: "480p" };
  const state = after(
    playing,
    { type: "switching", rendition: "240p" },
    { type: "switched", rendition: undefined, auto: true },
  );
  assert.deepEqual([state.playing, state.switching], ["480p", undefined]);
});

test("another stream starts from nothing", () => {
  const state = after({ type: "live" }, { type: "nowhere" }, { type: "waiting" });
  assert.deepEqual(state.phase, { at: "waiting", before: false });
});

test("latency needs a round trip, and prefers what the browser tells of each frame", () => {
  assert.equal(delay({ rtt: undefined, jitterBufferMs: 5, presentMs: 20 }), undefined);
  assert.equal(delay({ rtt: 10, jitterBufferMs: 5, presentMs: undefined }), 10);
  assert.equal(delay({ rtt: 10, jitterBufferMs: 5, presentMs: 20 }), 25);
});

test("keys work the player, but not while somebody types or uses a shortcut", () => {
  const press = (key: string, more: Partial<Key> = {}) =>
    keyIntent({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, target: null, ...more });
  const on = (tagName: string, type = "") => ({ target: { tagName, type } as unknown as EventTarget });
  assert.deepEqual(
    [press(" "), press("M"), press("f"), press("x")],
    ["play", "mute", "fullscreen", undefined],
  );
  assert.equal(press("f", { ctrlKey: true }), undefined);
  assert.equal(press("m", on("INPUT", "text")), undefined);
  assert.equal(press("m", on("INPUT", "radio")), "mute");
  assert.equal(press(" ", on("BUTTON")), undefined);
  assert.equal(press("m", { repeat: true }), undefined);
});
