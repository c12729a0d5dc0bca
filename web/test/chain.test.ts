import assert from "node:assert/strict";
import { test } from "node:test";

import { about, figure, percent, readAmount } from "../src/chain/money.ts";
import { createPace } from "../src/chain/pace.ts";
import { roundWords, untilRound } from "../src/chain/round-view.ts";
import { isGoing, stageWords } from "../src/chain/sends-view.ts";
import { type Action, type State, initial, isBusy, reduce } from "../src/chain/state.ts";
import { describeProblem } from "../src/problem.ts";

const ETH = 10n ** 18n;
const round = { number: 7, initialized: true, length: 20, blocksLeft: 5, unlockPeriod: 2, unbondingPeriod: 3 };
const words = { title: "Add funds to your deposit", sentences: ["Puts 1 ETH …"], warns: [] };
const after = (...actions: Action<unknown>[]): State<unknown> => actions.reduce(reduce<unknown>, initial<unknown>());
const problem = (code: string) => describeProblem({ code, message: `it is ${code}`, remedy: "wait" });

test("a figure is cut and never says more than there is", () => {
  assert.equal(figure(0n), "0");
  assert.equal(figure(ETH / 2n), "0.5");
  assert.equal(figure(ETH - 1n), "0.9999");
  assert.equal(figure(1204n * ETH + ETH / 4n), "1\u202f204.25");
  assert.equal(figure(1_234_567_890_123n), "0.0000012");
  assert.equal(figure(1n), "< 0.000000001");
});

test("an amount that cannot be is refused with why", () => {
  assert.deepEqual(readAmount("0.5"), { amount: ETH / 2n });
  assert.deepEqual(readAmount(" 1,25 "), { amount: (5n * ETH) / 4n });
  for (const text of ["", "-1", "1e3", "0x1", "1.", ".5", "1 000", "0.1234567890123456789"]) {
    assert.ok("objection" in readAmount(text), text);
  }
  assert.match((readAmount("2", ETH) as { objection: string }).objection, /more than the 1 there are/);
});

test("times and shares are told roughly", () => {
  assert.deepEqual([20, 600, 7200, 200_000].map(about), ["about 20 s", "about 10 min", "about 2 h", "about 2 days"]);
  assert.equal(percent(0.125), "12.5 %");
});

test("a chain's pace is known after some blocks, and anew where it begins anew", () => {
  const pace = createPace();
  assert.equal(pace(100, 0), undefined);
  assert.equal(pace(101, 2000), undefined);
  assert.equal(pace(104, 8000), 2);
  assert.equal(pace(3, 9000), undefined);
});

test("a round says what is left, and when a later one begins", () => {
  assert.equal(roundWords(round, undefined), "5 of 20 blocks left");
  assert.equal(roundWords(round, 12), "5 of 20 blocks left, about 60 s");
  assert.match(roundWords({ ...round, initialized: false }, 1), /Nobody has begun it/);
  assert.equal(untilRound(7, round, 1), "now");
  assert.equal(untilRound(9, round, 12), "in round 9, about 5 min from now");
});

test("a transaction is followed from its words to its block", () => {
  const sent = { stage: "sent", words, hash: "0xabc" } as const;
  const state = after(
    { type: "begun", id: 1, title: "Add funds" },
    { type: "progress", id: 1, progress: { stage: "words", words } },
  );
  assert.ok(isBusy(state));
  assert.equal(state.sends[0]?.title, words.title);
  const on = reduce(state, { type: "progress", id: 1, progress: sent });
  assert.ok(!isBusy(on));
  const mined = reduce(on, { type: "progress", id: 1, progress: { ...sent, stage: "mined", block: 12 } });
  assert.equal(stageWords(mined.sends[0]!), "In block 12");
  assert.ok(isGoing(mined.sends[0]!));
  const done = reduce(mined, { type: "progress", id: 1, progress: { ...sent, stage: "confirmed", block: 12 } });
  assert.ok(!isGoing(done.sends[0]!));
});

test("what the visitor declined is no problem, and what failed is one", () => {
  const begun = after({ type: "begun", id: 1, title: "Add funds" });
  for (const code of ["unconfirmed", "wallet_rejected"]) {
    const declined = reduce(begun, { type: "ended", id: 1, problem: problem(code) });
    assert.deepEqual([declined.sends[0]?.stage, declined.problem], ["dropped", undefined]);
  }
  const failed = reduce(begun, { type: "ended", id: 1, problem: problem("reverted") });
  assert.deepEqual([failed.sends[0]?.stage, failed.problem?.code], ["failed", "reverted"]);
});

test("another account leaves nothing of the old one on the page", () => {
  const choice = { id: "a", name: "A", icon: undefined, isDeveloper: false };
  const state = after({ type: "status", status: { of: "the old one" }, pace: 1 }, { type: "connected", choice, account: "0x2" });
  assert.equal(state.status, undefined);
  assert.equal(after({ type: "status", status: {}, pace: 1 }, { type: "left" }).status, undefined);
});
