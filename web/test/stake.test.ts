import assert from "node:assert/strict";
import { test } from "node:test";

import type { StakeStatus } from "@headwater/light-node";

import { bondLabel, canMove, delegateWords, isFree, lockWords, serviceLink } from "../src/stake/state.ts";

const ME = `0x${"ab".repeat(20)}`;
const ONE = `0x${"cd".repeat(20)}`;
const OTHER = `0x${"ef".repeat(20)}`;
const status: StakeStatus = {
  account: ME,
  balance: 0n,
  tokens: 10n ** 20n,
  allowance: 0n,
  bonded: 10n ** 18n,
  pendingStake: 2n * 10n ** 18n,
  pendingFees: 0n,
  delegate: ONE,
  startRound: 8,
  orchestrator: false,
  locks: [],
  round: { number: 7, initialized: true, length: 20, blocksLeft: 5, unlockPeriod: 2, unbondingPeriod: 3 },
};

test("stake can be moved to another orchestrator, and not by who is one", () => {
  assert.ok(canMove(OTHER, status));
  assert.ok(!canMove(ONE, status));
  assert.ok(!canMove(undefined, status));
  assert.ok(!canMove(OTHER, { ...status, orchestrator: true }));
  assert.ok(!canMove(OTHER, { ...status, pendingStake: 0n }));
});

test("bonding more to another one says that all of it moves", () => {
  assert.match(bondLabel(OTHER, status, "HWT"), /move all of it \(2 HWT\) to 0xefef…efef/);
  assert.match(bondLabel(ONE, status, "HWT"), /^Add to your stake/);
  const { delegate: _, ...fresh } = status;
  assert.match(bondLabel(ONE, { ...fresh, pendingStake: 0n }, "HWT"), /^Bond to 0xcdcd…cdcd/);
  assert.match(bondLabel(undefined, status, "HWT"), /^Choose/);
});

test("stake says with whom it is and from when on it earns", () => {
  assert.equal(delegateWords(status), "With 0xcdcd…cdcd; earns from round 8 on.");
  assert.equal(delegateWords({ ...status, startRound: 7, orchestrator: true, delegate: ME }), "With yourself.");
});

test("a lock is free from its round on", () => {
  const lock = { id: 0, amount: 1n, withdrawRound: 8 };
  assert.deepEqual([isFree(lock, status), lockWords(lock, status, undefined)], [false, "Free in round 8"]);
  assert.ok(isFree({ ...lock, withdrawRound: 7 }, status));
});

test("an orchestrator's own address is a link only where it leads to a web server", () => {
  assert.deepEqual(serviceLink("https://node.example:8935/a?b"), { href: "https://node.example:8935", text: "node.example:8935" });
  for (const uri of ["javascript:alert(1)", "data:text/html,x", "https://bank.example@evil.example", "node.example", ""]) {
    assert.equal(serviceLink(uri), undefined, uri);
  }
});
