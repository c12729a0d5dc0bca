// A transaction on its way: mined, undone, replaced, failed, and a node that says nothing meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HeadwaterError } from "@headwater/light-node";
import { follow } from "../dist/wallet/follow.js";

const HASH = `0x${"12".repeat(32)}`;
const SENT = { hash: HASH, from: `0x${"ab".repeat(20)}` };
const hex = (number) => (number === undefined ? null : `0x${number.toString(16)}`);

/** A chain that shows `looks` one after the other, and the last for ever. */
function chain(looks, confirmations = 2) {
  const left = [...looks];
  return {
    network: { confirmations },
    patience: { wait: async () => {}, random: () => 0.5 },
    async ask() {
      const look = left.length > 1 ? left.shift() : left[0];
      if (look instanceof Error) throw look;
      const { block, head = 0, status = 1, nonce, count = 0 } = look;
      const receipt = block === undefined ? null : { blockNumber: hex(block), status: hex(status) };
      return [receipt, hex(head), nonce === undefined ? null : { nonce: hex(nonce) }, hex(count)];
    },
  };
}

async function told(looks, confirmations) {
  const stages = [];
  const block = await follow(chain(looks, confirmations), SENT, ({ stage, block: at }) => stages.push(at ? `${stage} ${at}` : stage));
  return { stages, block };
}

const code = (wanted) => (error) => error instanceof HeadwaterError && error.code === wanted;

test("it is mined, and confirmed by the block upon it", async () => {
  const { stages, block } = await told([{ nonce: 1 }, { block: 5, head: 5 }, { block: 5, head: 5 }, { block: 5, head: 6 }]);
  assert.deepEqual(stages, ["mined 5", "confirmed 5"]);
  assert.equal(block, 5);
});

test("a reorganisation leads back to sent, and on from there", async () => {
  const { stages } = await told([{ block: 5, head: 5 }, { nonce: 1, head: 5 }, { block: 6, head: 6 }, { block: 6, head: 7 }]);
  assert.deepEqual(stages, ["mined 5", "sent", "mined 6", "confirmed 6"]);
  const again = await told([{ block: 5, head: 5 }, { nonce: 1, head: 5 }, { block: 5, head: 5 }, { block: 5, head: 6 }]);
  assert.deepEqual(again.stages, ["mined 5", "sent", "mined 5", "confirmed 5"]);
});

test("a node that says nothing for a while changes nothing", async () => {
  const silent = new HeadwaterError("chain_unreachable");
  const { stages } = await told([{ nonce: 1 }, silent, silent, { block: 5, head: 6 }]);
  assert.deepEqual(stages, ["mined 5", "confirmed 5"]);
});

test("one that failed in its block is told apart", async () => {
  await assert.rejects(told([{ block: 5, head: 9, status: 0 }]), code("reverted"));
});

test("one whose nonce another took is replaced, but not before that is sure", async () => {
  await assert.rejects(told([{ nonce: 3 }, { count: 4 }, { count: 4 }, { count: 4 }]), code("transaction_replaced"));
  const { stages } = await told([{ nonce: 3 }, { count: 4 }, { block: 5, head: 6, count: 4 }]);
  assert.deepEqual(stages, ["mined 5", "confirmed 5"]);
});
