// What visitors do with a wallet on the real pages: connecting it, reading the words, agreeing.

/** @typedef {import("playwright-core").Page} BrowserPage */

/** What a transaction and reading what came of it may take on a busy machine. */
export const SOON_MS = 20_000;

/** Connects the developer wallet. @param {BrowserPage} page */
export async function connect(page) {
  await page.getByRole("button", { name: /Developer wallet/ }).click({ timeout: SOON_MS });
  await page.locator("#account", { hasText: /^0x90f7…/i }).waitFor({ timeout: SOON_MS });
}

/** Reads the words in the dialog, and agrees. The next ones may stand there a moment later. @param {BrowserPage} page */
export async function agree(page) {
  const dialog = page.getByRole("dialog");
  await dialog.waitFor({ timeout: SOON_MS });
  const [words, title] = [await dialog.innerText(), await dialog.getByRole("heading").innerText()];
  await dialog.getByRole("button", { name: "Agree", exact: true }).click();
  const gone = (/** @type {string} */ read) =>
    document.querySelector("dialog[open] h2")?.textContent !== read;
  await page.waitForFunction(gone, title, { timeout: SOON_MS });
  return words;
}

/**
 * Pays in, and lets the page's session key pay: on the payments page, with the wallet connected. Amounts in ETH.
 * @param {BrowserPage} page @param {{ deposit: string, reserve: string, cap: string, rounds: string }} funds
 */
export async function payIn(page, { deposit, reserve, cap, rounds }) {
  await page.getByLabel("Add to the deposit").fill(deposit);
  await page.getByLabel("Add to the reserve").fill(reserve);
  await page.getByRole("button", { name: "Add funds" }).click();
  await agree(page);
  await page.locator("#deposit", { hasText: new RegExp(`^${deposit.replace(".", "\\.")} ETH$`) }).waitFor({ timeout: SOON_MS });
  await page.getByLabel("It may take at most").fill(cap);
  await page.getByLabel("For so many rounds").fill(rounds);
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await agree(page);
  await page.locator("#key-state", { hasText: /^Approved$/ }).waitFor({ timeout: SOON_MS });
}

/** Bonds to the orchestrator at the head of the table, on the stake page, with the wallet connected. @param {BrowserPage} page @param {string} tokens */
export async function bond(page, tokens) {
  await page.getByRole("radio").first().check({ timeout: SOON_MS });
  await page.getByLabel(/Bond to 0x/).fill(tokens);
  await page.getByRole("button", { name: "Bond", exact: true }).click();
  // Leave to take the tokens first, then the bond itself.
  await agree(page);
  await agree(page);
  await page.locator("#stake", { hasText: new RegExp(`^${tokens} HWT$`) }).waitFor({ timeout: SOON_MS });
}
