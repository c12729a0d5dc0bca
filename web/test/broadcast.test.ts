import assert from "node:assert/strict";
import { test } from "node:test";

import { CHOICES, STANDARD, fits } from "../src/broadcast/ladder.ts";
import { loudness, words } from "../src/broadcast/level.ts";
import { fromQuery, objection } from "../src/broadcast/name.ts";
import { bands } from "../src/broadcast/river.ts";
import { type Action, type Source, type State, initial, isBroadcasting, reduce } from "../src/broadcast/state.ts";
import { describeProblem } from "../src/problem.ts";

const problem = describeProblem({ code: "connection_lost", message: "lost", remedy: "wait" });
const after = (...actions: Action[]): State => actions.reduce(reduce, initial(STANDARD));
const live: Action = { type: "live", now: 1000, stream: "0x1/studio" };
const retrying: Action = { type: "retrying", problem, attempt: 1, retryAt: 9000 };
const sent = { width: 1280, height: 720, fps: 30, bitrate: 2e6, rtt: 8, uplink: 3e6, packetsLost: 0, limitedBy: "none" };

test("time on air goes on through a reconnection", () => {
  const state = after(
    { type: "connecting" },
    live,
    retrying,
    { type: "connecting" },
    { ...live, now: 20_000 },
  );
  assert.equal(state.phase.at, "live");
  assert.equal(state.since, 1000);
});

test("each try of a reconnection does not look like a new broadcast", () => {
  assert.equal(after(live, retrying, { type: "connecting" }).phase.at, "reconnecting");
});

test("stopping forgets what was sent and keeps the choices", () => {
  const state = after(
    { type: "rung", preset: "P144p30fps16x9", wanted: true },
    live,
    { type: "sent", sent },
    { type: "stopped" },
  );
  assert.deepEqual(
    [state.sent, state.bitrates, state.since, state.stream],
    [undefined, [], undefined, undefined],
  );
  assert.ok(state.ladder.has("P144p30fps16x9"));
  assert.equal(isBroadcasting(state), false);
});

test("a limit counts from when it last changed", () => {
  const report = (limitedBy: string): Action => ({ type: "sent", sent: { ...sent, limitedBy } });
  assert.equal(after(live, report("bandwidth"), report("bandwidth"), report("bandwidth")).limitedFor, 3);
  assert.equal(after(live, report("bandwidth"), report("bandwidth"), report("cpu")).limitedFor, 1);
});

test("a failure says why and leaves a running preview alone", () => {
  const captured: Action = { type: "captured", source: "camera", mirrorable: true, microphone: true };
  const state = after(captured, { type: "connecting" }, { type: "failed", problem });
  assert.deepEqual([state.phase.at, state.preview, state.problem], ["setup", "on", problem]);
  assert.equal(after({ type: "asking" }, { type: "failed", problem }).preview, "off");
});

test("a source without sound cannot be muted", () => {
  const silent: Action = { type: "captured", source: "screen", mirrorable: false, microphone: false };
  assert.equal(after(silent, { type: "mute", muted: true }).microphone, "none");
});

test("who muted themselves stays muted when the source changes", () => {
  const on = (source: Source): Action => ({ type: "captured", source, mirrorable: false, microphone: true });
  assert.equal(after(on("camera"), { type: "mute", muted: true }, on("screen")).microphone, "muted");
});

test("a source counts from when it is on stage, not from when it was asked for", () => {
  const camera: Action = { type: "captured", source: "camera", mirrorable: true, microphone: true };
  const asked = after(camera, { type: "switching", source: "screen" });
  assert.deepEqual([asked.source, asked.switching], ["camera", "screen"]);
  assert.equal(reduce(asked, { ...camera, source: "screen" }).source, "screen");
});

test("a loudness is put into words", () => {
  assert.deepEqual([0, 0.2, 0.6, 1].map(words), ["silent", "quiet", "good", "very loud"]);
});

test("renditions above the source are not offered, whichever way it is held", () => {
  const possible = (width: number, height: number) =>
    CHOICES.filter((c) => fits(c, { width, height })).map((c) => c.name);
  assert.deepEqual(possible(1280, 720), ["720p", "480p", "360p", "240p", "144p"]);
  assert.deepEqual(possible(720, 1280), ["720p", "480p", "360p", "240p", "144p"]);
  assert.deepEqual(possible(640, 360), ["360p", "240p", "144p"]);
  assert.deepEqual(possible(640, 480), ["480p", "360p", "240p", "144p"]);
});

test("names that would need escaping are explained, not sent", () => {
  for (const name of ["studio", "a.b-c_9", "x".repeat(64)]) assert.equal(objection(name), undefined, name);
  for (const name of ["", ".hidden", "a b", "a/b", "ü", "x".repeat(65)])
    assert.notEqual(objection(name), undefined, name);
});

test("the page's address may name the stream", () => {
  assert.equal(fromQuery("?name=kitchen"), "kitchen");
  assert.equal(fromQuery("?name=a%2Fb"), "studio");
  assert.equal(fromQuery(""), "studio");
});

test("a river's bands touch at the spring and lie in their rows at the mouths", () => {
  const [first, second] = bands([2, 1], 50, 8);
  assert.equal(first?.width, 16);
  assert.equal(second?.width, 8);
  assert.ok(first?.path.startsWith("M0 50.0C") && first.path.endsWith("100 25.0"), first?.path);
  assert.ok(second?.path.startsWith("M0 62.0C") && second.path.endsWith("100 83.0"), second?.path);
});

test("silence has no level and full scale the whole bar", () => {
  assert.deepEqual([loudness(0), loudness(NaN), loudness(1), loudness(4)], [0, 0, 1, 1]);
  assert.ok(Math.abs(loudness(1e-3) - 0.5) < 1e-9);
});

const totals = { tickets: 40, value: 5_000_000_000n, accepted: 40, refused: 0, faceValue: 1n, chance: 0.2, ahead: 0n };

test("payments are kept with what each was worth, and stay to be read after the broadcast", () => {
  const state = after(
    { type: "connecting" },
    live,
    { type: "paid", paid: totals },
    { type: "paid", paid: { ...totals, accepted: 40 } },
    { type: "paid", paid: { ...totals, tickets: 80, value: 7_000_000_000n } },
    { type: "receipts", count: 3 },
    { type: "stopped" },
  );
  assert.deepEqual(state.payments, [5, 2], "an answer is no payment");
  assert.deepEqual([state.paid?.tickets, state.receipts], [80, 3]);
  const again = reduce(state, { type: "connecting" });
  assert.deepEqual([again.paid, again.payments, again.receipts], [undefined, [], 0]);
});

test("a reconnection goes on counting", () => {
  const state = after({ type: "connecting" }, live, { type: "paid", paid: totals }, retrying, { type: "connecting" });
  assert.equal(state.paid?.tickets, 40);
});
