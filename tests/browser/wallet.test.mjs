// Payments and stake on the real pages, with the developer wallet, on a chain of the test's own.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Chain, VISITOR } from "../chain/chain.mjs";
import { launch } from "./chromium.mjs";
import { PAGES } from "./places.mjs";
import { Server } from "./server.mjs";
import { SOON_MS, agree, connect } from "./wallets.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const LIMIT = { timeout: 120_000 };

/** @type {Chain} */
let chain;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Server} */
let server;
const pages = mkdtempSync(join(tmpdir(), "headwater-pages-"));

before(async () => {
  cpSync(PAGES, pages, { recursive: true });
  [chain, browser, server] = await Promise.all([Chain.start(), launch({ camera: "none" }), Server.start({ pages })]);
  writeFileSync(join(pages, "network.json"), JSON.stringify(chain.network));
}, { timeout: 180_000 });
after(async () => {
  await Promise.all([browser?.close(), server?.stop(), chain?.stop()]);
  rmSync(pages, { recursive: true });
});

test("a visitor pays in, lets a session key pay, takes that back, and gets everything out", LIMIT, async (t) => {
  const page = await visit(t, "/payments/");
  await page.getByText("Developer wallet – play money").waitFor({ timeout: SOON_MS });

  await page.getByLabel("Add to the deposit").fill("1.5");
  await page.getByLabel("Add to the reserve").fill("0.5");
  await page.getByRole("button", { name: "Add funds" }).click();
  const words = await agree(page);
  assert.match(words, /1\.5 ETH/);
  assert.match(words, /0\.5 ETH/);
  await figure(page, "deposit", "1.5 ETH");
  await figure(page, "reserve", "0.5 ETH");
  await page.getByText(/^Confirmed, in block \d+$/).waitFor({ timeout: SOON_MS });

  await page.getByLabel("It may take at most").fill("0.25");
  await page.getByLabel("For so many rounds").fill("20");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  const terms = await agree(page);
  assert.match(terms, /0\.25 ETH/);
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
  const key = await page.locator("#key-words").innerText();

  // The key is there after a reload, and the wallet connected without being asked.
  await page.reload();
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
  assert.equal(await page.locator("#key-words").innerText(), key);

  await page.getByRole("button", { name: "Revoke" }).click();
  await agree(page);
  await page.locator("#key-state", { hasText: /^Revoked$/ }).waitFor({ timeout: SOON_MS });

  // A key is approved once: another approval is another key's, which is kept in its place.
  await page.getByLabel("It may take at most").fill("0.1");
  await page.getByRole("button", { name: "Approve a new key" }).click();
  await agree(page);
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
  const another = await page.locator("#key-words").innerText();
  assert.notEqual(another, key);
  await page.reload();
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
  assert.equal(await page.locator("#key-words").innerText(), another);

  await page.getByRole("button", { name: "Unlock everything" }).click();
  await agree(page);
  await page.getByText(/You can withdraw in round/).waitFor({ timeout: SOON_MS });
  await chain.pass(2);
  await page.getByRole("button", { name: "Withdraw" }).click({ timeout: SOON_MS });
  assert.match(await agree(page), /2 ETH/);
  await figure(page, "deposit", "0 ETH");
  await figure(page, "reserve", "0 ETH");
});

test("what the visitor does not agree to is not sent", LIMIT, async (t) => {
  const page = await visit(t, "/payments/");
  // Having agreed to something before means nothing.
  await page.getByLabel("It may take at most").fill("0.1");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await agree(page);
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
  const nonce = await chain.ask("eth_getTransactionCount", [VISITOR, "latest"]);
  await page.getByLabel("Add to the deposit").fill("1");
  await page.getByRole("button", { name: "Add funds" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor({ timeout: SOON_MS });
  await page.keyboard.press("Escape");
  await page.getByText("Not sent", { exact: true }).waitFor({ timeout: SOON_MS });
  assert.equal(await chain.ask("eth_getTransactionCount", [VISITOR, "latest"]), nonce);
  assert.equal(await page.getByRole("alert").isVisible(), false);
});

test("a session key at rest is sealed, and by a key that cannot be read out", LIMIT, async (t) => {
  const page = await visit(t, "/payments/");
  await page.locator("#key-words", { hasText: "kept encrypted" }).waitFor({ timeout: SOON_MS });
  const found = await page.evaluate(inspectVault);
  assert.deepEqual(found.names, [`31337:${chain.network.contracts.TicketBroker}:${VISITOR}`.toLowerCase()]);
  // 32 bytes, and the tag of 16.
  assert.deepEqual([found.iv, found.sealed, found.opened], [12, 48, 32]);
  assert.equal(found.extractable, false);
  assert.equal(found.exported, "InvalidAccessError");
  assert.equal(found.elsewhere, "OperationError", "it opens under another network's name");
  assert.equal(found.plain, false, "the secret stands in the record");
  assert.ok(!found.storage.includes("headwater.key"), "the secret stands in sessionStorage");
});

test("a visitor bonds, earns, takes stake out, and sees the figures of each", LIMIT, async (t) => {
  const page = await visit(t, "/stake/");
  const row = page.getByRole("row", { name: new RegExp(chain.orchestrator.slice(0, 6)) });
  await row.getByText("Active").waitFor({ timeout: SOON_MS });
  assert.match(await row.innerText(), /500 HWT[^]*10 %[^]*40 %/);
  await figure(page, "stake", "0 HWT");

  await row.getByRole("radio").check();
  await page.getByLabel(/Bond to 0x/).fill("250");
  await page.getByRole("button", { name: "Bond", exact: true }).click();
  // Leave to take the tokens first, then the bond itself: two transactions, two agreements.
  assert.match(await agree(page), /250 HWT/);
  assert.match(await agree(page), new RegExp(`250 HWT[^]*${chain.orchestrator}`, "i"));
  await figure(page, "stake", "250 HWT");
  await row.getByText("750 HWT").waitFor({ timeout: SOON_MS });

  // Stake earns from the next round on, and rewards are for a round's start.
  await chain.pass(2);
  await chain.reward();
  await page.waitForFunction(() => Number.parseFloat(document.querySelector("#stake")?.textContent ?? "") > 250, null, { timeout: SOON_MS });

  await page.getByLabel(/Unbond, in HWT/).fill("100");
  await page.getByRole("button", { name: "Unbond", exact: true }).click();
  assert.match(await agree(page), /100 HWT/);
  const lock = page.getByRole("list", { name: "Unbonding" }).getByRole("listitem");
  await lock.getByText(/^Free in round/).waitFor({ timeout: SOON_MS });
  const before = await tokens();
  await chain.pass(3);
  await lock.getByRole("button", { name: "Withdraw" }).click({ timeout: SOON_MS });
  await agree(page);
  await lock.waitFor({ state: "detached", timeout: SOON_MS });
  assert.equal((await tokens()) - before, 100n * 10n ** 18n);
});

test("a wallet that announces itself is offered, may refuse, and is followed to other accounts and chains", LIMIT, async (t) => {
  const page = await open(t);
  const other = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
  await page.addInitScript(announceWallet, { rpc: chain.network.rpc, account: VISITOR });
  await page.goto(`${server.url}/payments/`);
  const offer = page.getByRole("button", { name: "Test wallet" });
  await offer.click({ timeout: SOON_MS });
  await page.getByRole("alert").getByRole("heading", { name: "Rejected in the wallet" }).waitFor({ timeout: SOON_MS });

  await page.evaluate(() => globalThis.testWallet.allow());
  await offer.click();
  await page.locator("#account", { hasText: /^0x90f7…/i }).waitFor({ timeout: SOON_MS });
  assert.equal(await page.locator("#developer").isVisible(), false, "a real wallet is no developer wallet");
  const key = await page.locator("#key-words", { hasText: "kept encrypted" }).innerText();

  await page.evaluate(() => globalThis.testWallet.emit("chainChanged", "0x1"));
  await page.getByText(/The wallet is on chain 1\./).waitFor({ timeout: SOON_MS });
  await page.evaluate(() => globalThis.testWallet.emit("chainChanged", "0x7a69"));
  await page.evaluate((account) => globalThis.testWallet.choose(account), other);
  await page.locator("#account", { hasText: /^0x15d3…/i }).waitFor({ timeout: SOON_MS });
  await page.waitForFunction((old) => {
    const words = document.querySelector("#key-words")?.textContent ?? "";
    return words.includes("kept encrypted") && words !== old;
  }, key, { timeout: SOON_MS });

  await page.evaluate(() => globalThis.testWallet.emit("accountsChanged", []));
  await offer.waitFor({ timeout: SOON_MS });
  assert.equal(await page.getByLabel("Add to the deposit").isVisible(), false);
});

test("a site without a network says so", LIMIT, async (t) => {
  const bare = await Server.start();
  t.after(() => bare.stop());
  const page = await open(t);
  await page.goto(`${bare.url}/payments/`);
  await page.getByRole("alert").getByRole("heading", { name: "No network here" }).waitFor({ timeout: SOON_MS });
});

/** A page on a phone. @param {import("node:test").TestContext} t */
async function open(t) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
  t.after(() => context.close());
  return context.newPage();
}

/** One of the pages, with the developer wallet connected. @param {import("node:test").TestContext} t @param {string} path */
async function visit(t, path) {
  const page = await open(t);
  await page.goto(server.url + path);
  await connect(page);
  return page;
}

/** Waits until a figure reads so. @param {BrowserPage} page @param {string} id @param {string} value */
async function figure(page, id, value) {
  await page.locator(`#${id}`, { hasText: new RegExp(`^${value.replace(".", "\\.")}$`) }).waitFor({ timeout: SOON_MS });
}

/** The visitor's tokens on the chain. */
async function tokens() {
  const data = `0x70a08231${VISITOR.slice(2).padStart(64, "0")}`;
  return BigInt(await chain.ask("eth_call", [{ to: chain.network.contracts.LivepeerToken, data }, "latest"]));
}

/** In the page: what its database holds, and what a script can do with it. */
async function inspectVault() {
  /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  /** @param {Promise<unknown>} work */
  const failure = (work) => work.then(() => "", (/** @type {Error} */ error) => error.name);
  const database = await answer(indexedDB.open("headwater"));
  const sessions = database.transaction("sessions").objectStore("sessions");
  const [names, [record]] = await Promise.all([answer(sessions.getAllKeys()), answer(sessions.getAll())]);
  const [seal] = await answer(database.transaction("seals").objectStore("seals").getAll());
  const open = (/** @type {string} */ name) =>
    crypto.subtle.decrypt(
      { name: "AES-GCM", iv: record.iv, additionalData: new TextEncoder().encode(`headwater session key 1|${name}`) },
      seal,
      record.bytes,
    );
  const hex = (/** @type {ArrayBuffer} */ bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");
  const secret = await open(String(names[0]));
  return {
    names,
    iv: record.iv.length,
    sealed: record.bytes.byteLength,
    opened: secret.byteLength,
    extractable: seal.extractable,
    exported: await failure(crypto.subtle.exportKey("raw", seal)),
    elsewhere: await failure(open(String(names[0]).replace("31337", "1"))),
    plain: hex(record.bytes).includes(hex(secret)) || JSON.stringify({ ...localStorage }).includes(hex(secret)),
    storage: Object.keys(sessionStorage),
  };
}

/** In the page, before its scripts: a wallet by EIP-6963, which refuses until it is told to allow. @param {{ rpc: string, account: string }} of */
function announceWallet({ rpc, account }) {
  const listeners = new Map();
  let allowed = false;
  const provider = {
    on: (/** @type {string} */ event, /** @type {(detail: unknown) => void} */ listener) => listeners.set(event, listener),
    removeListener: (/** @type {string} */ event) => listeners.delete(event),
    async request({ method = "", params = /** @type {unknown[]} */ ([]) }) {
      if (method === "eth_accounts") return allowed ? [account] : [];
      if (method === "eth_requestAccounts" && !allowed) throw { code: 4001, message: "User rejected the request." };
      if (method === "eth_requestAccounts") return [account];
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const response = await fetch(rpc, { method: "POST", headers: { "content-type": "application/json" }, body });
      return (await response.json()).result;
    },
  };
  const emit = (/** @type {string} */ event, /** @type {unknown} */ detail) => listeners.get(event)?.(detail);
  globalThis.testWallet = {
    emit,
    allow: () => (allowed = true),
    choose: (/** @type {string} */ other) => emit("accountsChanged", [(account = other)]),
  };
  const info = { uuid: "6a5d0f0e", name: "Test wallet", icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", rdns: "test" };
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info, provider } }));
  addEventListener("eip6963:requestProvider", announce);
}
