import assert from "node:assert/strict";
import { test } from "node:test";

import { hourly, standing, ticketWords, wage } from "../src/broadcast/cost.ts";

const ETH = 10n ** 18n;
const round = { number: 7, length: 20, blocksLeft: 4, initialized: true, locked: false, unlockPeriod: 2, unbondingPeriod: 3 };
const signer = {
  address: "0x1",
  approved: true,
  valid: true,
  depositLeft: ETH / 4n,
  validUntilRound: 27,
  anyRecipient: false,
  kept: true,
};
const status = { account: "0x2", balance: ETH, deposit: ETH, reserve: ETH, reserveRecipients: [], signer, round };
type Status = Parameters<typeof standing>[0];
const after = (change: object) => standing({ ...status, ...change } as Status, "ETH");

test("an hour costs what its pixels cost, and nothing without renditions", () => {
  const ladder = new Set(["P240p30fps16x9"]);
  assert.equal(hourly({ wei: 3, pixels: 1 }, ladder), 3n * 426n * 240n * 30n * 3600n);
  assert.equal(hourly({ wei: 1, pixels: 7 }, ladder), (426n * 240n * 30n * 3600n) / 7n);
  assert.match(wage({ wei: 3, pixels: 1 }, new Set(), "ETH"), /nothing to pay/);
});

test("who can pay is told how much and for how long, and the smaller of deposit and leave counts", () => {
  assert.deepEqual(after({}), { ready: true, words: "It may take 0.25 ETH of your deposit, in the next 20 rounds." });
  assert.match(after({ deposit: ETH / 8n }).words, /0\.125 ETH/);
});

test("what keeps a wallet from paying is named, one thing at a time", () => {
  const cases: [object, RegExp][] = [
    [{ deposit: 0n, reserve: 0n }, /Nothing is paid in/],
    [{ reserve: 0n }, /no reserve/],
    [{ withdrawRound: 9 }, /unlocked/],
    [{ signer: { ...signer, approved: false, valid: false } }, /approve it once/],
    [{ signer: { ...signer, valid: false } }, /no longer/],
    [{ signer: { ...signer, depositLeft: 0n } }, /spent all/],
  ];
  for (const [change, words] of cases) {
    const told = after(change);
    assert.equal(told.ready, false);
    assert.match(told.words, words);
  }
});

test("tickets are told with their odds, and a debt as one", () => {
  const totals = { tickets: 40, value: ETH, accepted: 40, refused: 0, faceValue: ETH / 1000n, chance: 0.2, ahead: ETH / 100n };
  assert.equal(ticketWords(totals, "ETH"), "Of these tickets one in 5 wins 0.001 ETH. Paid ahead: 0.01 ETH.");
  assert.match(ticketWords({ ...totals, chance: 1, ahead: -ETH, refused: 3 }, "ETH"), /each wins .* You owe 1 ETH\. 3 were refused\./);
});
