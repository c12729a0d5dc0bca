// The one way by which a transaction leaves a page, with wallets and visitors that change their minds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import { HeadwaterError, LightNode, init } from "@headwater/light-node";

const ACCOUNT = `0x${"ab".repeat(20)}`;
const OTHER = `0x${"cd".repeat(20)}`;
const HASH = `0x${"12".repeat(32)}`;
const contract = (digit) => `0x${digit.repeat(40)}`;
const NETWORK = {
  chainId: 31337,
  confirmations: 1,
  contracts: {
    TicketBroker: contract("1"),
    BondingManager: contract("2"),
    RoundsManager: contract("3"),
    LivepeerToken: contract("4"),
  },
};
/** Reads as 1 and as true, whatever is asked. */
const ONES = `0x${"1".padStart(64, "0").repeat(8)}`;

before(async () => {
  // The light node looks for it, and no test here needs it.
  globalThis.RTCPeerConnection ??= class {};
  const wasm = new URL("../dist/wasm/headwater_light_node_bg.wasm", import.meta.url);
  await init(readFileSync(wasm));
});

/** A wallet whose chain takes everything; `script` answers instead. What it was asked, besides reading, is in `asked`. */
function wallet(script = {}) {
  const listeners = new Map();
  const asked = [];
  const sent = [];
  const answers = {
    eth_accounts: [ACCOUNT],
    eth_chainId: "0x7a69",
    eth_call: ONES,
    eth_sendTransaction: HASH,
    eth_getTransactionReceipt: { status: "0x1", blockNumber: "0x5" },
    eth_blockNumber: "0x5",
    eth_getTransactionByHash: { nonce: "0x0" },
    eth_getTransactionCount: "0x1",
    ...script,
  };
  return {
    asked,
    sent,
    on: (event, listener) => listeners.set(event, listener),
    emit: (event, detail) => listeners.get(event)?.(detail),
    async request({ method, params }) {
      if (!/^eth_(call|get|block|chainId|accounts)/.test(method)) asked.push(method);
      if (method === "eth_sendTransaction") sent.push(params[0]);
      const value = typeof answers[method] === "function" ? await answers[method](...params) : answers[method];
      if (typeof value?.code === "number") throw value;
      return value;
    },
  };
}

const create = (provider, confirm = () => true) =>
  LightNode.create({
    orchestrator: "http://127.0.0.1:1",
    network: NETWORK,
    wallet: provider,
    key: new Uint8Array(32).fill(7),
    confirm,
  });
const code = (wanted) => (error) => {
  assert.ok(error instanceof HeadwaterError, String(error));
  assert.equal(error.code, wanted, error.message);
  return true;
};

test("a transaction is tried, shown, agreed to, sent and followed, in this order", async () => {
  const provider = wallet();
  const stages = [];
  let shown;
  const node = await create(provider, (words) => {
    assert.deepEqual(provider.asked, [], "the wallet was asked before the words were agreed to");
    shown = words;
    return true;
  });
  const receipt = await node.payments.deposit({ deposit: 7n }, { onProgress: ({ stage }) => stages.push(stage) });
  assert.deepEqual(stages, ["checking", "words", "wallet", "sent", "mined", "confirmed"]);
  assert.deepEqual(receipt, { hash: HASH, block: 5 });
  assert.match(shown.sentences.join(" "), /0\.000000000000000007 ETH/);
  const [{ from, to, value }] = provider.sent;
  assert.deepEqual([from, to, value], [ACCOUNT, NETWORK.contracts.TicketBroker, "0x7"]);
});

test("without a yes nothing is sent: not by no, by anything but true, or where there is nobody to ask", async () => {
  for (const confirm of [() => false, () => undefined, () => "yes", () => 1, async () => false]) {
    const provider = wallet();
    const node = await create(provider, confirm);
    await assert.rejects(node.payments.unlock(), code("unconfirmed"));
    assert.deepEqual(provider.asked, []);
  }
  const provider = wallet();
  const node = await LightNode.create({
    orchestrator: "http://127.0.0.1:1",
    network: NETWORK,
    wallet: provider,
    key: new Uint8Array(32).fill(7),
  });
  await assert.rejects(node.payments.unlock(), code("unconfirmed"));
  assert.deepEqual(provider.asked, []);
});

test("what the contract would refuse is told with its reason, before anything is shown", async () => {
  let shown = false;
  const provider = wallet({
    eth_call: ({ from }) => (from ? { code: 3, message: "execution reverted", data: "0xdeadbeef" } : ONES),
  });
  const node = await create(provider, () => (shown = true));
  await assert.rejects(node.payments.unlock(), code("reverted"));
  assert.equal(shown, false);
  assert.deepEqual(provider.asked, []);
});

test("an account that changes while the words are read gets nothing sent in its name", async () => {
  for (const [accounts, wanted] of [
    [[OTHER], "account_changed"],
    [[], "wallet_locked"],
  ]) {
    const provider = wallet();
    const node = await create(provider, () => {
      provider.emit("accountsChanged", accounts);
      return true;
    });
    await assert.rejects(node.payments.unlock(), code(wanted));
    assert.deepEqual(provider.asked, []);
  }
});

test("a wallet that moves to another chain while the words are read is brought back, or nothing is sent", async () => {
  let chain = "0x7a69";
  let obedient = true;
  const provider = wallet({
    eth_chainId: () => chain,
    wallet_switchEthereumChain: ({ chainId }) => {
      if (obedient) chain = chainId;
      return null;
    },
  });
  const node = await create(provider, () => {
    chain = "0x1";
    return true;
  });
  await node.payments.unlock();
  assert.deepEqual(provider.asked, ["wallet_switchEthereumChain", "eth_sendTransaction"]);
  obedient = false;
  await assert.rejects(node.payments.unlock(), code("wrong_chain"));
  assert.equal(provider.sent.length, 1);
});

test("what the visitor rejects in the wallet was not sent", async () => {
  const stages = [];
  const node = await create(wallet({ eth_sendTransaction: { code: 4001, message: "User rejected" } }));
  const onProgress = ({ stage }) => stages.push(stage);
  await assert.rejects(node.payments.unlock({ onProgress }), code("wallet_rejected"));
  assert.equal(stages.at(-1), "wallet");
});

test("while the wallet is slow that is told, and the page need not wait", async () => {
  const abort = new AbortController();
  const node = await create(wallet({ eth_sendTransaction: () => new Promise(() => {}) }));
  let waits;
  const showing = new Promise((resolve) =>
    node.wallet.addEventListener("pending", ({ detail }) => {
      waits ??= detail?.what;
      resolve();
    }),
  );
  const sending = node.payments.unlock({ signal: abort.signal });
  await showing;
  assert.equal(waits, "send");
  abort.abort();
  await assert.rejects(sending, code("closed"));
});

test("a wallet that answers nonsense for a hash is not believed", async () => {
  for (const hash of [null, "0x12", {}, `0x${"zz".repeat(32)}`]) {
    const node = await create(wallet({ eth_sendTransaction: hash }));
    await assert.rejects(node.payments.unlock(), code("internal"));
  }
});

test("a node that answers for another chain is not read from", async () => {
  let asked = 0;
  const provider = wallet({ eth_chainId: () => (asked++ === 0 ? "0x7a69" : "0x1"), wallet_switchEthereumChain: null });
  const node = await create(provider);
  await assert.rejects(node.stake.round(), code("wrong_chain"));
});

test("amounts that are none are refused before anything is asked", async () => {
  const provider = wallet();
  const node = await create(provider);
  for (const work of [
    () => node.stake.unbond({ amount: 0n }),
    () => node.stake.bond({ amount: -1n, to: OTHER }),
    async () => node.payments.deposit({ deposit: 5 }),
    () => node.payments.deposit({}),
    () => node.payments.approve({ cap: 1n, rounds: 0.5 }),
    () => node.stake.move({ to: "0x12" }),
  ]) {
    await assert.rejects(work, code("invalid_argument"));
  }
  assert.deepEqual(provider.sent, []);
});

test("without a network or a wallet, payments say what is missing", async () => {
  const options = { orchestrator: "http://127.0.0.1:1", key: new Uint8Array(32).fill(7) };
  const bare = await LightNode.create(options);
  assert.throws(() => bare.payments, code("no_network"));
  await assert.rejects(LightNode.create({ ...options, wallet: wallet() }), code("no_network"));
  const walletless = await LightNode.create({ ...options, network: NETWORK });
  await assert.rejects(async () => walletless.payments.unlock(), code("no_wallet"));
});

test("a network that cannot be is refused with why", async () => {
  const bad = [
    {},
    { ...NETWORK, chainId: "31337" },
    { ...NETWORK, contracts: { ...NETWORK.contracts, TicketBroker: "0x12" } },
    { ...NETWORK, rpc: "ftp://node" },
    { ...NETWORK, chainId: 1, developerKey: `0x${"1".repeat(64)}` },
  ];
  for (const network of bad) {
    const options = { orchestrator: "http://127.0.0.1:1", key: new Uint8Array(32).fill(7), network };
    await assert.rejects(LightNode.create(options), code("no_network"), JSON.stringify(network));
  }
});
