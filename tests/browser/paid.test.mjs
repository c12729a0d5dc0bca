// A broadcast that is paid for, on the real pages: what it takes to go live, what is paid, and what ends it.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Chain } from "../chain/chain.mjs";
import { launch } from "./chromium.mjs";
import { PAGES } from "./places.mjs";
import { Server } from "./server.mjs";
import { PATIENCE_MS, visitor } from "./visitors.mjs";
import { SOON_MS, agree, connect, payIn } from "./wallets.mjs";

/** @typedef {import("playwright-core").Page} BrowserPage */

const LIMIT = { timeout: 180_000 };
const FUNDS = { deposit: "1", reserve: "1", cap: "0.5", rounds: "1000" };

/** @type {Chain} */
let chain;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Server} */
let server;
const folder = mkdtempSync(join(tmpdir(), "headwater-paid-"));
const [pages, data] = [join(folder, "pages"), join(folder, "data")];

before(async () => {
  cpSync(PAGES, pages, { recursive: true });
  mkdirSync(data);
  [chain, browser] = await Promise.all([Chain.start(), launch({ camera: "two" })]);
  server = await Server.start({ pages, flags: chain.paid(data) });
  await chain.publish(`${server.url}#${server.node}`);
  writeFileSync(join(pages, "network.json"), JSON.stringify(chain.network));
}, { timeout: 180_000 });
after(async () => {
  await Promise.all([browser?.close(), server?.stop()]);
  await chain?.stop();
  rmSync(folder, { recursive: true });
});

test("who has no wallet, no funds, or no leave for the page's key is told so, and led to where that is mended", LIMIT, async (t) => {
  const page = await open(t);
  await page.goto(server.url);
  await page.getByText(/These renditions cost .* ETH an hour/).waitFor({ timeout: SOON_MS });
  await refused(page, "No wallet");
  await connect(page);
  await page.getByText("Nothing is paid in yet").waitFor({ timeout: SOON_MS });
  await refused(page, "The session key may not pay yet");
  await page.getByRole("button", { name: "Set up payments" }).click();
  await page.waitForURL("**/payments/");
});

test("a broadcast is paid by the second, node and page agree to the wei, and receipts are kept", LIMIT, async (t) => {
  const page = await open(t);
  await prepare(page);
  await goLive(page);
  await page.waitForFunction(
    () => Number(document.querySelector("#paid-tickets")?.textContent) >= 200,
    null,
    { timeout: 60_000 },
  );
  await page.getByRole("button", { name: "Stop broadcasting" }).click();
  await page.getByRole("button", { name: "Go live" }).waitFor({ timeout: SOON_MS });
  const { tickets, payers } = await books();
  // The last payment may be under way still.
  assert.ok(tickets.accepted >= 160, `${tickets.accepted} were accepted`);
  assert.equal(tickets.refused, 0);
  assert.equal(payers.length, 1);
  const worked = BigInt(tickets.pixels) * 30_000_000n;
  assert.equal(BigInt(tickets.expectedWei) - worked, BigInt(tickets.aheadWei) - BigInt(tickets.owedWei));
  assert.match(await page.locator("#paid-odds").innerText(), /one in \d+ wins 0\.0004 ETH/);

  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Save \d+ receipts$/ }).click();
  const lines = readFileSync(await (await saving).path(), "utf8").trim().split("\n");
  const claims = lines.map((line) => JSON.parse(Buffer.from(line.split(".")[0] ?? "", "base64url").toString()));
  const pixels = claims.flatMap(({ renditions }) => renditions).reduce((sum, { pixels: done }) => sum + done, 0);
  assert.ok(pixels > 0 && pixels <= tickets.pixels, `${pixels} pixels receipted, ${tickets.pixels} charged`);
});

test("a node that the chain does not name gets no media", LIMIT, async (t) => {
  await chain.publish(`${server.url}#0x${"ab".repeat(20)}`);
  t.after(() => chain.publish(`${server.url}#${server.node}`));
  const page = await open(t);
  await prepare(page);
  await page.goto(server.url);
  await page.getByText(/It may take .* of your deposit/).waitFor({ timeout: SOON_MS });
  await refused(page, "Not the orchestrator that it says it is");
});

test("media goes to nobody but whom the offer is bound to", LIMIT, async (t) => {
  const page = await open(t);
  await prepare(page);
  // Somebody between page and node, who answers with a certificate of its own.
  await page.route("**/whip/**", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replaceAll(/a=fingerprint:sha-256 ..:/g, "a=fingerprint:sha-256 00:");
    await route.fulfill({ response, body });
  });
  await page.goto(server.url);
  await page.getByText(/It may take .* of your deposit/).waitFor({ timeout: SOON_MS });
  await refused(page, "Not the orchestrator that it says it is");
});

test("a broadcast goes on over the node's restart, and pays the same node", LIMIT, async (t) => {
  const page = await open(t);
  await prepare(page);
  await goLive(page);
  await server.stop();
  await page.getByText("Reconnecting", { exact: false }).first().waitFor({ timeout: PATIENCE_MS });
  await server.again();
  await page.locator("body[data-phase=live]").waitFor({ timeout: 60_000 });
  const before = (await books()).tickets.accepted;
  await page.waitForFunction(
    (seen) => Number(document.querySelector("#paid-tickets")?.textContent) > seen,
    Number(await page.locator("#paid-tickets").innerText()),
    { timeout: PATIENCE_MS },
  );
  assert.ok((await books()).tickets.accepted >= before);
});

/** A visitor's page. @param {import("node:test").TestContext} t */
async function open(t) {
  const page = await visitor(browser);
  t.after(() => page.context().close());
  return page;
}

/** Pays in, and lets the page's key pay. @param {BrowserPage} page */
async function prepare(page) {
  await page.goto(`${server.url}/payments/`);
  await connect(page);
  await page.locator("#deposit", { hasText: "ETH" }).waitFor({ timeout: SOON_MS });
  if (/^0 ETH$/.test(await page.locator("#deposit").innerText())) return payIn(page, FUNDS);
  // Another visitor's page has another key.
  await page.getByLabel("It may take at most").fill(FUNDS.cap);
  await page.getByLabel("For so many rounds").fill(FUNDS.rounds);
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await agree(page);
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
}

/** @param {BrowserPage} page */
async function goLive(page) {
  await page.goto(server.url);
  await page.getByText(/It may take .* of your deposit/).waitFor({ timeout: SOON_MS });
  await page.getByRole("button", { name: "Go live" }).click();
  await page.locator("body[data-phase=live]").waitFor({ timeout: PATIENCE_MS });
}

/** Tries to go live in vain. @param {BrowserPage} page @param {string} title what stands over the reason */
async function refused(page, title) {
  await page.getByRole("button", { name: "Go live" }).click();
  await page.getByRole("alert").getByRole("heading", { name: title }).waitFor({ timeout: PATIENCE_MS });
}

/** What the operator sees. */
async function books() {
  const response = await fetch(`${server.admin}/payments`);
  return response.json();
}
