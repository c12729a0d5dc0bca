// Wallets that refuse, hesitate, move and lie: scripted EIP-1193 providers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HeadwaterError, Wallet } from "@headwater/light-node";

const ACCOUNT = `0x${"ab".repeat(20)}`;
const OTHER = `0x${"cd".repeat(20)}`;
const NETWORK = { chainId: 31337, name: "Test", contracts: {}, confirmations: 1, rpc: "http://127.0.0.1:8545" };

/** A wallet that answers by `script`: a value, or a function of the parameters; errors are thrown. */
function scripted(script) {
  const listeners = new Map();
  const asked = [];
  return {
    asked,
    emit: (event, detail) => listeners.get(event)?.forEach((listener) => listener(detail)),
    get listening() {
      return [...listeners.values()].reduce((sum, set) => sum + set.size, 0);
    },
    on: (event, listener) => listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    removeListener: (event, listener) => listeners.get(event)?.delete(listener),
    async request({ method, params }) {
      asked.push(method);
      const answer = script[method];
      const value = typeof answer === "function" ? await answer(...(params ?? [])) : answer;
      if (value instanceof Error || typeof value?.code === "number") throw value;
      return value;
    },
  };
}

const open = (script) => scripted({ eth_accounts: [ACCOUNT], eth_chainId: "0x7a69", ...script });
const code = (wanted) => (error) => {
  assert.ok(error instanceof HeadwaterError, String(error));
  assert.equal(error.code, wanted, error.message);
  return true;
};

test("a page that was allowed an account before asks nobody", async () => {
  const provider = open({});
  const wallet = new Wallet(provider);
  assert.equal(await wallet.connect(), ACCOUNT);
  assert.equal(wallet.chainId, 31337);
  assert.deepEqual(provider.asked, ["eth_accounts", "eth_chainId"]);
});

test("a visitor who declines is told apart from a wallet that is locked, busy, cut off or too old", async () => {
  for (const [thrown, wanted] of [
    [{ code: 4001, message: "User rejected the request." }, "wallet_rejected"],
    [{ code: 4100, message: "Unauthorized" }, "wallet_locked"],
    [{ code: -32002, message: "Request already pending" }, "wallet_busy"],
    [{ code: 4900, message: "Disconnected" }, "wallet_disconnected"],
    [{ code: 4901, message: "Chain disconnected" }, "wallet_disconnected"],
    [{ code: 4200, message: "Unsupported" }, "wallet_unsupported"],
    [{ code: -32601, message: "no such method" }, "wallet_unsupported"],
    [new Error("User rejected the request"), "wallet_rejected"],
    [{ code: -32603, message: "Internal", data: { originalError: { code: 4001 } } }, "wallet_rejected"],
    [{ code: -32000, message: "insufficient funds for gas * price + value" }, "insufficient_funds"],
  ]) {
    const wallet = new Wallet(open({ eth_accounts: [], eth_requestAccounts: thrown }));
    await assert.rejects(wallet.connect(), code(wanted));
  }
});

test("a wallet that shows no account is locked", async () => {
  await assert.rejects(new Wallet(open({ eth_accounts: [], eth_requestAccounts: [] })).connect(), code("wallet_locked"));
  const silent = open({ eth_accounts: [] });
  await assert.rejects(new Wallet(silent).connect({ ask: false }), code("wallet_locked"));
  assert.ok(!silent.asked.includes("eth_requestAccounts"));
});

test("what is no account is none", async () => {
  for (const accounts of [["not an address"], "0x", null, [{}]]) {
    const wallet = new Wallet(open({ eth_accounts: accounts, eth_requestAccounts: accounts }));
    await assert.rejects(wallet.connect(), code("wallet_locked"), JSON.stringify(accounts));
  }
});

test("a wallet on another chain is switched", async () => {
  let chain = "0x1";
  const provider = open({
    eth_chainId: () => chain,
    wallet_switchEthereumChain: ({ chainId }) => {
      chain = chainId;
      return null;
    },
  });
  await new Wallet(provider).switchTo(NETWORK);
  assert.equal(chain, "0x7a69");
});

test("a wallet that does not know the chain is told of it (4902), and is on it after that", async () => {
  let [chain, added] = ["0x1"];
  const provider = open({
    eth_chainId: () => chain,
    wallet_switchEthereumChain: ({ chainId }) => {
      if (!added) return { code: -32603, message: "Internal", data: { originalError: { code: 4902 } } };
      chain = chainId;
      return null;
    },
    wallet_addEthereumChain: (description) => {
      added = description;
      return null;
    },
  });
  await new Wallet(provider).switchTo(NETWORK);
  assert.equal(chain, "0x7a69");
  assert.deepEqual([added.chainName, added.rpcUrls], ["Test", [NETWORK.rpc]]);
});

test("a wallet that does not switch is on the wrong chain, whatever it says", async () => {
  const cases = [
    [{ eth_chainId: "0x1", wallet_switchEthereumChain: null }, NETWORK, "wrong_chain"],
    [{ eth_chainId: "0x1", wallet_switchEthereumChain: { code: 4200, message: "no" } }, NETWORK, "wrong_chain"],
    [{ eth_chainId: "0x1", wallet_switchEthereumChain: { code: 4001, message: "no" } }, NETWORK, "wallet_rejected"],
    [
      { eth_chainId: "0x1", wallet_switchEthereumChain: { code: 4902, message: "what?" } },
      { ...NETWORK, rpc: undefined },
      "wrong_chain",
    ],
  ];
  for (const [script, network, wanted] of cases) {
    const provider = open(script);
    await assert.rejects(new Wallet(provider).switchTo(network), code(wanted));
    assert.ok(!provider.asked.includes("wallet_addEthereumChain"), "who declines is not asked for more");
  }
});

test("another account, another chain and a lost connection are told", async () => {
  const provider = open({});
  const wallet = new Wallet(provider);
  await wallet.connect();
  const told = [];
  for (const event of ["account", "chain", "disconnect"]) {
    wallet.addEventListener(event, ({ detail }) => told.push([event, detail?.code ?? detail]));
  }
  provider.emit("accountsChanged", [OTHER.toUpperCase().replace("0X", "0x")]);
  provider.emit("accountsChanged", [OTHER]);
  provider.emit("chainChanged", "0x1");
  provider.emit("chainChanged", "nonsense");
  provider.emit("accountsChanged", []);
  provider.emit("disconnect", { code: 4900, message: "gone" });
  assert.deepEqual(told, [
    ["account", OTHER],
    ["chain", 1],
    ["account", null],
    ["disconnect", "wallet_disconnected"],
  ]);
  assert.equal(wallet.account, undefined);
});

test("while the wallet shows its owner something, that is told", async () => {
  let allow;
  const provider = open({ eth_accounts: [], eth_requestAccounts: () => new Promise((resolve) => (allow = resolve)) });
  const wallet = new Wallet(provider);
  const shown = [];
  let asked;
  const asking = new Promise((resolve) => (asked = resolve));
  wallet.addEventListener("pending", ({ detail }) => {
    shown.push(detail?.what);
    asked();
  });
  const connecting = wallet.connect();
  await asking;
  assert.equal(wallet.pending.what, "connect");
  allow([ACCOUNT]);
  await connecting;
  assert.deepEqual(shown, ["connect", undefined]);
  assert.equal(wallet.pending, undefined);
});

test("a page need not wait for a wallet that says nothing", async () => {
  const wallet = new Wallet(open({ eth_accounts: [], eth_requestAccounts: () => new Promise(() => {}) }));
  const abort = new AbortController();
  const connecting = wallet.connect({ signal: abort.signal });
  abort.abort();
  await assert.rejects(connecting, code("closed"));
  assert.equal(wallet.pending, undefined);
});

test("a wallet that was stopped is not listened to", async () => {
  const provider = open({});
  const wallet = new Wallet(provider);
  await wallet.connect();
  assert.equal(provider.listening, 3);
  wallet.stop();
  assert.equal(provider.listening, 0);
});
