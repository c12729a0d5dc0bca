// The bytes that wallets sign: what `protocol` makes, another implementation of the standard makes too.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { concat, encodeAbiParameters, hashStruct, hashTypedData, hexToBytes, keccak256, recoverAddress, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const fixtures = JSON.parse(await readFile(new URL("../../tests/fixtures/tickets.json", import.meta.url), "utf8"));
const { domain, tickets, approvals } = fixtures;

/** Names and types, in the order in which they are signed; what has no type of its own here is a uint256. */
const TYPES = {
  Ticket: fields("recipient sender faceValue winProb senderNonce recipientRandHash creationRound creationRoundBlockHash"),
  SignerApproval: fields("sender signer maxDepositSpend validUntilRound anyRecipient nonce"),
};

function fields(/** @type {string} */ names) {
  /** @type {Record<string, string>} */
  const types = {
    recipient: "address",
    sender: "address",
    signer: "address",
    recipientRandHash: "bytes32",
    creationRoundBlockHash: "bytes32",
    anyRecipient: "bool",
  };
  return names.split(" ").map((name) => ({ name, type: types[name] ?? "uint256" }));
}

for (const [primaryType, list] of Object.entries({ Ticket: tickets, SignerApproval: approvals })) {
  for (const [place, words] of list.entries()) {
    test(`${primaryType} ${place} has the hash and the signature that viem makes of it`, async () => {
      const typed = { domain, types: TYPES, primaryType, message: words };
      assert.equal(hashStruct({ data: words, primaryType, types: TYPES }), words.structHash);
      assert.equal(hashTypedData(typed), words.hash);
      assert.equal(await privateKeyToAccount(words.key).signTypedData(typed), words.signature);
      assert.equal((await recoverAddress(words)).toLowerCase(), words.sender);
    });
  }
}

for (const [place, ticket] of tickets.entries()) {
  test(`ticket ${place} is drawn as on chain`, () => {
    const rand = toHex(BigInt(ticket.recipientRand), { size: 32 });
    assert.equal(keccak256(rand), ticket.recipientRandHash);
    const drawn = BigInt(keccak256(concat([ticket.signature, rand])));
    assert.equal(drawn < BigInt(ticket.winProb), ticket.wins);
    const value = BigInt(ticket.faceValue) * BigInt(ticket.winProb);
    const { wei, parts } = ticket.expectedValue;
    assert.equal(value, (BigInt(wei) << 256n) + BigInt(parts));
    const round = [BigInt(ticket.creationRound), ticket.creationRoundBlockHash];
    assert.equal(encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], round), ticket.auxData);
  });
}

test("some tickets win and some do not", () => {
  const won = tickets.filter((/** @type {{ wins: boolean }} */ ticket) => ticket.wins).length;
  assert.ok(won > 0 && won < tickets.length, `${won} of ${tickets.length}`);
});

for (const [place, { params, recipientRand }] of tickets.entries()) {
  test(`the secret number of ticket ${place} is the HMAC of its parameters`, () => {
    const { key, instance } = fixtures.secret;
    const mac = createHmac("sha256", Buffer.from(hexToBytes(key)));
    const number = (/** @type {bigint | number | string} */ value, size = 8) => hexToBytes(toHex(BigInt(value), { size }));
    for (const field of [
      Buffer.from("Headwater recipientRand 1"),
      hexToBytes(params.seed),
      number(domain.chainId),
      hexToBytes(domain.verifyingContract),
      hexToBytes(instance),
      hexToBytes(params.recipient),
      hexToBytes(params.sender),
      number(params.faceValue, 32),
      number(params.winProb, 32),
      number(params.price.wei),
      number(params.price.pixels),
      number(params.creationRound),
      hexToBytes(params.creationRoundHash),
      number(params.expires),
    ]) {
      mac.update(number(field.length, 4)).update(field);
    }
    assert.equal(BigInt(`0x${mac.digest("hex")}`), BigInt(recipientRand));
  });
}
