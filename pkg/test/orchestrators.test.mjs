// Reading the pool: by the hundred, one by one where a node does not list it, and to an end whatever it says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HeadwaterError } from "@headwater/light-node";
import { Stake } from "../dist/stake.js";

const address = (number) => `0x${number.toString(16).padStart(40, "0")}`;
const NOBODY = address(0);

/** A chain with `size` orchestrators in a row. `list` answers for the list; `next` says who follows. */
function pool(size, { list, next = (number) => (number < size ? number + 1 : 0) } = {}) {
  const reads = [];
  const answer = ({ ask, address: of }) => {
    const number = Number(of ?? 0);
    if (ask === "pool") return { first: size > 0 ? address(1) : NOBODY };
    if (ask === "orchestrators") {
      if (list) return list(number);
      const count = Math.min(100, size - number + 1);
      return { orchestrators: Array.from({ length: count }, (_, i) => address(number + i)) };
    }
    return { address: of, stake: "1", active: true, rewardCut: "0", feeShare: "0", lastRewardRound: "0", uri: "", next: address(next(number)) };
  };
  const read = async (queries) => {
    reads.push(queries.length);
    return queries.map(answer);
  };
  return { reads, stake: new Stake({ read }, {}) };
}

async function found(stake) {
  const numbers = [];
  for await (const one of stake.orchestrators()) numbers.push(Number(one.address));
  return numbers;
}

const upTo = (size) => Array.from({ length: size }, (_, i) => i + 1);

test("a long pool is read in few requests", async () => {
  const { stake, reads } = pool(250);
  assert.deepEqual(await found(stake), upTo(250));
  assert.ok(reads.length <= 1 + 3 + 15, `${reads.length} requests`);
});

test("an empty pool is one question", async () => {
  const { stake, reads } = pool(0);
  assert.deepEqual(await found(stake), []);
  assert.equal(reads.length, 1);
});

test("where a node does not list it, the pool is read one by one", async () => {
  const refuse = () => {
    throw new HeadwaterError("reverted");
  };
  assert.deepEqual(await found(pool(5, { list: refuse }).stake), upTo(5));
  assert.deepEqual(await found(pool(5, { list: () => ({ orchestrators: [] }) }).stake), upTo(5));
});

test("a node that does not answer is not asked in another way", async () => {
  const silent = () => {
    throw new HeadwaterError("chain_unreachable");
  };
  const { stake, reads } = pool(5, { list: silent });
  await assert.rejects(found(stake), { code: "chain_unreachable" });
  assert.equal(reads.length, 2);
});

test("a list without an end is read to one", async () => {
  const circle = pool(5, { list: (number) => ({ orchestrators: [address(number)] }), next: (number) => (number % 5) + 1 });
  assert.deepEqual(await found(circle.stake), upTo(5));
  const endless = pool(1e6, { list: (number) => ({ orchestrators: [address(number)] }) });
  assert.equal((await found(endless.stake)).length, 1000);
});
