import assert from "node:assert/strict";
import { test } from "node:test";

import type { PaymentsStatus } from "@headwater/light-node";

import { keyState, readRecipients, wayOut, wayOutWords } from "../src/payments/state.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;
const status: PaymentsStatus = {
  account: ADDRESS,
  balance: 5n,
  deposit: 3n,
  reserve: 2n,
  reserveRecipients: [],
  signer: { address: ADDRESS, approved: true, valid: true, depositLeft: 1n, validUntilRound: 9, anyRecipient: false, kept: true },
  round: { number: 7, initialized: true, length: 20, blocksLeft: 5, unlockPeriod: 2, unbondingPeriod: 3 },
};
const withSigner = (signer: Partial<PaymentsStatus["signer"]>) => ({ ...status, signer: { ...status.signer, ...signer } });

test("a session key is approved, revoked, expired, or neither", () => {
  assert.equal(keyState(withSigner({ approved: false }), 1).tag, "Not approved");
  assert.deepEqual([keyState(status, 1).tag, keyState(status, 1).revocable], ["Approved", true]);
  assert.match(keyState(status, 12).until, /^Ends in round 10, about 9 min from now\.$/);
  assert.equal(keyState(withSigner({ validUntilRound: 6 }), 1).tag, "Expired");
  const revoked = keyState(withSigner({ voidFromRound: 9 }), undefined);
  assert.deepEqual([revoked.tag, revoked.revocable], ["Revoked", false]);
  assert.match(revoked.until, /still count: it ends in round 9\./);
  assert.match(keyState(withSigner({ voidFromRound: 7 }), 1).until, /None of its tickets count/);
});

test("taking funds back goes from locked over unlocking to free", () => {
  assert.equal(wayOut({ ...status, deposit: 0n, reserve: 0n }), "nothing");
  assert.equal(wayOut(status), "locked");
  assert.match(wayOutWords(status, 1), /2 rounds after/);
  assert.equal(wayOut({ ...status, withdrawRound: 9 }), "unlocking");
  assert.match(wayOutWords({ ...status, withdrawRound: 9 }, undefined), /in round 9\./);
  assert.equal(wayOut({ ...status, withdrawRound: 7 }), "free");
});

test("recipients are eight distinct addresses at most", () => {
  const many = Array.from({ length: 9 }, (_, i) => `0x${String(i).repeat(40)}`);
  assert.deepEqual(readRecipients(many.slice(0, 8).join("\n")), { recipients: many.slice(0, 8) });
  assert.deepEqual(readRecipients("  "), { recipients: [] });
  for (const text of [many.join(","), `${ADDRESS} ${ADDRESS.toUpperCase().replace("0X", "0x")}`, "0x12", "vitalik.eth"]) {
    assert.ok("objection" in readRecipients(text), text);
  }
});
