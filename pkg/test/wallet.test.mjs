// What a wallet is asked to send and to sign, against viem: an encoder that no one here wrote, given the signatures of the
// deployed Livepeer protocol where it has the function, and ours where it has not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeFunctionData, encodeFunctionData, hashTypedData, parseAbi, parseTransaction, recoverTypedDataAddress, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import init, * as wallet from "../dist/wasm/headwater_light_node.js";

await init({ module_or_path: readFileSync(new URL("../dist/wasm/headwater_light_node_bg.wasm", import.meta.url)) });

const FIXTURE = readFileSync(new URL("../../contracts/test/fixtures/livepeer-interface.md", import.meta.url), "utf8");
const ALICE = "0xa11ce000000000000000000000000000000a11ce";
const BOB = "0xb0b0000000000000000000000000000000000b0b";
const NETWORK = {
  chainId: 31337,
  name: "Local",
  contracts: {
    TicketBroker: "0x00000000000000000000000000000000000000b0",
    BondingManager: "0x00000000000000000000000000000000000000b1",
    HeadwaterToken: "0x00000000000000000000000000000000000000b2",
    RoundsManager: "0x00000000000000000000000000000000000000b3",
    ServiceRegistry: "0x00000000000000000000000000000000000000b4",
  },
};
const AMOUNT = 1234567890123456789n;

/** Livepeer's ABI of one of its contracts. @param {string} name */
function theirs(name) {
  const section = FIXTURE.split(/^## /m).find((text) => text.startsWith(`${name}\n`));
  assert.ok(section, `${name} is in the fixture`);
  // viem wants structs by name; their only one is in functions that no intent calls.
  return parseAbi(section.split("\n").map((line) => line.trim()).filter((line) => /^function (?!.*\(\()/.test(line)));
}

/** Ours. @param {string} name */
function ours(name) {
  return JSON.parse(readFileSync(new URL(`../../contracts/abi/${name}.json`, import.meta.url), "utf8"));
}

const LIVEPEER = {
  TicketBroker: theirs("TicketBroker"),
  BondingManager: theirs("BondingManager"),
  HeadwaterToken: theirs("LivepeerToken"),
  ServiceRegistry: theirs("ServiceRegistry"),
};

const APPROVAL = {
  sender: ALICE,
  signer: BOB,
  maxDepositSpend: `${AMOUNT}`,
  validUntilRound: "7042",
  anyRecipient: true,
  nonce: "991",
};

/** @type {[string, keyof typeof LIVEPEER, object, string, unknown[], bigint?][]} */
const CALLS = [
  ["deposit", "TicketBroker", { do: "fund", deposit: `${AMOUNT}`, reserve: "0" }, "fundDeposit", [], AMOUNT],
  ["reserve", "TicketBroker", { do: "fund", deposit: "0", reserve: `${AMOUNT}` }, "fundReserve", [], AMOUNT],
  ["both", "TicketBroker", { do: "fund", deposit: `${AMOUNT}`, reserve: "31" }, "fundDepositAndReserve", [AMOUNT, 31n], AMOUNT + 31n],
  ["another's", "TicketBroker", { do: "fundFor", account: BOB, deposit: "7", reserve: "31" }, "fundDepositAndReserveFor", [BOB, 7n, 31n], 38n],
  ["unlock", "TicketBroker", { do: "unlock" }, "unlock", []],
  ["cancelUnlock", "TicketBroker", { do: "cancelUnlock" }, "cancelUnlock", []],
  ["withdraw", "TicketBroker", { do: "withdraw" }, "withdraw", []],
  ["approveTokens", "HeadwaterToken", { do: "approveTokens", amount: `${2n ** 256n - 1n}` }, "approve", [NETWORK.contracts.BondingManager, 2n ** 256n - 1n]],
  ["bond", "BondingManager", { do: "bond", amount: `${AMOUNT}`, to: BOB }, "bond", [AMOUNT, BOB]],
  ["move", "BondingManager", { do: "bond", amount: "0", to: BOB }, "bond", [0n, BOB]],
  ["unbond", "BondingManager", { do: "unbond", amount: `${AMOUNT}` }, "unbond", [AMOUNT]],
  ["rebond", "BondingManager", { do: "rebond", lock: "417" }, "rebond", [417n]],
  ["rebondFromUnbonded", "BondingManager", { do: "rebondFromUnbonded", to: BOB, lock: "417" }, "rebondFromUnbonded", [BOB, 417n]],
  ["transferBond", "BondingManager", { do: "transferBond", to: BOB, amount: `${AMOUNT}` }, "transferBond", [BOB, AMOUNT, ...Array(4).fill(zeroAddress)]],
  ["withdrawStake", "BondingManager", { do: "withdrawStake", lock: "417" }, "withdrawStake", [417n]],
  ["withdrawFees", "BondingManager", { do: "withdrawFees", to: BOB, amount: `${AMOUNT}` }, "withdrawFees", [BOB, AMOUNT]],
  ["claimEarnings", "BondingManager", { do: "claimEarnings", round: "7042" }, "claimEarnings", [7042n]],
  ["transcoder", "BondingManager", { do: "transcoder", rewardCut: "123456", feeShare: 987600 }, "transcoder", [123456n, 987600n]],
  ["setServiceURI", "ServiceRegistry", { do: "setServiceURI", uri: "https://nöde.example:8443/ü" }, "setServiceURI", ["https://nöde.example:8443/ü"]],
];

for (const [name, contract, intent, functionName, args, value = 0n] of CALLS) {
  test(`${name} is what Livepeer's interface calls ${functionName}`, () => {
    const sent = wallet.transaction(NETWORK, intent);
    assert.equal(sent.data, encodeFunctionData({ abi: LIVEPEER[contract], functionName, args }));
    assert.equal(sent.to.toLowerCase(), NETWORK.contracts[contract]);
    assert.equal(BigInt(sent.value), value);
    assert.ok(sent.words.title && sent.words.sentences.length > 1);
  });
}

test("what Livepeer has not is what our ABI says", () => {
  const abi = ours("TicketBroker");
  const signature = `0x${"5a".repeat(65)}`;
  const approval = { ...APPROVAL, maxDepositSpend: AMOUNT, validUntilRound: 7042n, nonce: 991n };
  /** @type {[object, string, unknown[]][]} */
  const calls = [
    [{ do: "setReserveRecipients", recipients: [ALICE, BOB] }, "setReserveRecipients", [[ALICE, BOB]]],
    [{ do: "setReserveRecipients", recipients: [] }, "setReserveRecipients", [[]]],
    [{ do: "approveSigner", ...APPROVAL }, "approveSigner", [approval]],
    [{ do: "submitApproval", ...APPROVAL, signature }, "approveSignerBySig", [approval, signature]],
    [{ do: "revokeSigner", nonce: "991" }, "revokeSigner", [991n]],
  ];
  for (const [intent, functionName, args] of calls) {
    assert.equal(wallet.transaction(NETWORK, intent).data, encodeFunctionData({ abi, functionName, args }));
  }
  assert.equal(
    wallet.transaction(NETWORK, { do: "setRewardCaller", caller: BOB }).data,
    encodeFunctionData({ abi: ours("BondingManager"), functionName: "setRewardCaller", args: [BOB] }),
  );
});

test("another call has other bytes", () => {
  const { data } = wallet.transaction(NETWORK, { do: "bond", amount: "1", to: BOB });
  assert.notEqual(data, encodeFunctionData({ abi: LIVEPEER.BondingManager, functionName: "bond", args: [2n, BOB] }));
});

test("queries are calls that our ABIs know, and answers come back by name", () => {
  const [call] = wallet.query(NETWORK, { ask: "signer", address: ALICE, signer: BOB });
  const decoded = decodeFunctionData({ abi: ours("TicketBroker"), data: call.data });
  assert.equal(decoded.functionName, "getSigner");
  assert.deepEqual(decoded.args?.map((arg) => String(arg).toLowerCase()), [ALICE, BOB]);
  const word = (/** @type {number} */ n) => n.toString(16).padStart(64, "0");
  const answer = wallet.answer(NETWORK, { ask: "signer", address: ALICE, signer: BOB }, [
    `0x${[1, 255, 7, 0, 0].map(word).join("")}`,
  ]);
  assert.deepEqual(answer, {
    approved: true,
    depositLeft: "255",
    validUntilRound: "7",
    voidFromRound: "0",
    anyRecipient: false,
  });
});

const SECRET = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const secret = Uint8Array.from(Buffer.from(SECRET.slice(2), "hex"));

test("an approval's typed data has the same hash and signature in viem", async () => {
  const { typedData, words } = wallet.approval(NETWORK, APPROVAL, { round: "40" });
  const account = privateKeyToAccount(SECRET);
  const signature = wallet.developerSignTypedData(secret, typedData);
  assert.equal(signature, await account.signTypedData(typedData));
  assert.equal(await recoverTypedDataAddress({ ...typedData, signature }), account.address);
  assert.ok(words.sentences.join(" ").includes("1.234567890123456789 ETH"));
  // By the contract's own words, not those of the object.
  const types = {
    SignerApproval: [
      { name: "sender", type: "address" },
      { name: "signer", type: "address" },
      { name: "maxDepositSpend", type: "uint256" },
      { name: "validUntilRound", type: "uint256" },
      { name: "anyRecipient", type: "bool" },
      { name: "nonce", type: "uint256" },
    ],
  };
  const domain = {
    name: "Headwater TicketBroker",
    version: "1",
    chainId: 31337,
    verifyingContract: NETWORK.contracts.TicketBroker,
  };
  const message = { ...APPROVAL, maxDepositSpend: AMOUNT, validUntilRound: 7042n, nonce: 991n };
  assert.equal(hashTypedData({ domain, types, primaryType: "SignerApproval", message }), hashTypedData(typedData));
});

test("the developer wallet signs what viem signs", async () => {
  const account = privateKeyToAccount(SECRET);
  assert.equal(wallet.developerAddress(secret), account.address.toLowerCase());
  for (let nonce = 0; nonce < 300; nonce++) {
    const { to, data, value } = wallet.transaction(NETWORK, { do: "fund", deposit: `${nonce + 1}`, reserve: "0" });
    const fees = { chainId: 31337, nonce, gas: 21000n, maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: BigInt(nonce) };
    const spelled = Object.fromEntries(Object.entries(fees).map(([name, number]) => [name, `0x${number.toString(16)}`]));
    const raw = wallet.developerSign(secret, { ...spelled, to, data, value });
    const wanted = await account.signTransaction({ type: "eip1559", to, data, value: BigInt(value), ...fees });
    assert.equal(raw, wanted);
    assert.equal(parseTransaction(raw).value, BigInt(nonce + 1));
  }
});

test("what cannot be is refused by code, and refusals are explained", () => {
  const code = (/** @type {() => unknown} */ ask) => {
    try {
      ask();
    } catch (thrown) {
      return /** @type {{ code: string }} */ (thrown).code;
    }
    return "nothing";
  };
  assert.equal(code(() => wallet.transaction(NETWORK, { do: "bond", amount: 1n, to: BOB })), "invalid_argument");
  assert.equal(code(() => wallet.transaction(undefined, { do: "unlock" })), "invalid_argument");
  assert.equal(code(() => wallet.transaction({ chainId: 1, contracts: {} }, { do: "unlock" })), "invalid_argument");
  assert.equal(code(() => wallet.developerSignTypedData(secret, { primaryType: "Permit" })), "invalid_argument");
  assert.equal(code(() => wallet.developerAddress(new Uint8Array(31))), "invalid_argument");
  assert.equal(code(() => wallet.answer(NETWORK, { ask: "nonce", address: ALICE, nonce: "1" }, ["0x"])), "chain_unreachable");
  assert.deepEqual(wallet.refusal("0x"), {
    code: "reverted",
    message: "No reason was given. The network's description may name another contract, or its limits were met.",
  });
});
