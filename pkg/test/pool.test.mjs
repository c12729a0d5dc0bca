// The list of a pool in one call: a program that runs in `eth_call`, on a node that many use for tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { anvil, missing as skip } from "../../tests/chain/anvil.mjs";
import init, * as wallet from "../dist/wasm/headwater_light_node.js";

const MANAGER = "0x00000000000000000000000000000000000000b1";
const NETWORK = { chainId: 31337, contracts: { BondingManager: MANAGER } };

/** @type {Awaited<ReturnType<typeof anvil>> | undefined} */
let node;
let url = "";

before(async () => {
  await init({ module_or_path: readFileSync(new URL("../dist/wasm/headwater_light_node_bg.wasm", import.meta.url)) });
  if (skip) return;
  node = await anvil();
  url = node.rpc;
});

after(() => node?.stop());

/** @param {string} method @param {unknown[]} params */
async function ask(method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return await answer.json();
}

const address = (/** @type {number} */ n) => `0x${n.toString(16).padStart(40, "0")}`;

/** A manager, in whose pool n is followed by n + 1, up to `last`. @param {number} last */
async function manager(last) {
  // (who < last) · (who + 1): PUSH1 4, CALLDATALOAD, DUP1, PUSH2 last, GT, SWAP1, PUSH1 1, ADD, MUL, PUSH1 0, MSTORE, PUSH1 20,
  // PUSH1 0, RETURN
  const program = `60043580 61${last.toString(16).padStart(4, "0")} 11 90 600101 02 600052 60206000f3`.replaceAll(" ", "");
  await ask("anvil_setCode", [MANAGER, `0x${program}`]);
}

/** @param {number} first */
async function list(first) {
  const query = { ask: "orchestrators", address: address(first) };
  const [call] = wallet.query(NETWORK, query);
  assert.ok(!("to" in call));
  const { result, error } = await ask("eth_call", [call, "latest"]);
  if (error) throw new Error(error.data);
  return wallet.answer(NETWORK, query, [result]).orchestrators.map((/** @type {string} */ one) => Number(one));
}

test("a pool is listed from any of its orchestrators to its end", { skip }, async () => {
  await manager(5);
  assert.deepEqual(await list(1), [1, 2, 3, 4, 5]);
  assert.deepEqual(await list(4), [4, 5]);
  assert.deepEqual(await list(5), [5]);
  assert.deepEqual(await list(0), []);
});

test("a long pool is listed by the hundred", { skip }, async () => {
  await manager(250);
  const numbers = (/** @type {number} */ from) => Array.from({ length: 100 }, (_, index) => from + index);
  assert.deepEqual(await list(1), numbers(1));
  assert.deepEqual(await list(100), numbers(100));
  assert.equal((await list(200)).length, 51);
});

test("what the manager refuses is refused in its words", { skip }, async () => {
  // PUSH4 deadbeef, PUSH1 e0, SHL, PUSH1 0, MSTORE, PUSH1 4, PUSH1 0, REVERT
  await ask("anvil_setCode", [MANAGER, "0x63deadbeef60e01b60005260046000fd"]);
  await assert.rejects(list(1), /0xdeadbeef/);
});
