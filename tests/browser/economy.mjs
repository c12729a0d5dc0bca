// What the demo's visitors do with money: one pays in and broadcasts, one bonds stake; and what came of it.

import { setTimeout as wait } from "node:timers/promises";

import { visitor } from "./visitors.mjs";
import { SOON_MS, bond, connect, payIn } from "./wallets.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} BrowserPage */

/** What the payer pays in, in ETH, and what the delegator bonds, in tokens. */
const FUNDS = { deposit: "1", reserve: "1", cap: "0.5", rounds: "1000" };
const STAKE = "250";
/** At least so many tickets are to flow, and each is to win with this chance at most. */
const ENOUGH = 200;
const RARE = 1 / 4;
/** Winners are redeemed within the two rounds, of twenty seconds, that they are good for. */
const REDEEMED_MS = 90_000;
const LOOK_MS = 500;

/**
 * @typedef {object} Tickets amounts are in wei
 * @property {number} sent as the broadcaster's page counts
 * @property {number} accepted as the orchestrator counts
 * @property {number} won
 * @property {number} redeemed
 * @property {number} chance of the newest to win
 * @property {string} ev_wei what the accepted ones are worth together, rounded down
 * @property {string} work_wei what the encoded pixels cost
 * @property {string} left_wei what is paid ahead at the end
 * @property {string} face_wei what winners are worth together
 * @property {string} paid_wei what their redemption paid
 * @property {{ stake_grew: boolean, fees: string }} delegator what a visitor who bonded sees
 */

export class Economy {
  #admin;
  #delegator;

  /** @param {string} admin @param {BrowserPage} delegator */
  constructor(admin, delegator) {
    this.#admin = admin;
    this.#delegator = delegator;
  }

  /**
   * A visitor bonds to the orchestrator, and `payer` pays in and lets its page's key pay.
   * @param {Browser} browser @param {BrowserPage} payer @param {string} url @param {string} admin
   */
  static async prepare(browser, payer, url, admin) {
    const delegator = await visitor(browser);
    await delegator.goto(new URL("/stake/", url).href);
    await connect(delegator);
    await bond(delegator, STAKE);
    // Nothing is drawn there while others are measured.
    await delegator.goto("about:blank");
    await payer.goto(new URL("/payments/", url).href);
    await connect(payer);
    await payIn(payer, FUNDS);
    return new Economy(admin, delegator);
  }

  /** Ends the broadcast, waits for what it won, and looks what everybody got. @param {BrowserPage} page @returns {Promise<Tickets>} */
  async settle(page) {
    await page.getByRole("button", { name: "Stop broadcasting" }).click();
    const sent = Number(await page.locator("#paid-tickets").textContent());
    const books = await this.#redeemed();
    return {
      sent,
      accepted: books.tickets.accepted,
      won: books.ever.won.count,
      redeemed: books.ever.redeemed.count,
      chance: await page.locator("#paid-odds").evaluate((odds) => Number(odds.dataset.chance)),
      ev_wei: books.tickets.expectedWei,
      work_wei: String(BigInt(books.tickets.pixels) * BigInt(books.price.wei) / BigInt(books.price.pixels)),
      left_wei: books.tickets.aheadWei,
      face_wei: books.ever.won.wei,
      paid_wei: books.ever.paidWei,
      delegator: await this.#earned(),
    };
  }

  /** The operator's books, once nothing in them waits. */
  async #redeemed() {
    for (const end = performance.now() + REDEEMED_MS; ; await wait(LOOK_MS)) {
      const response = await fetch(`${this.#admin}/payments`);
      const books = await response.json();
      const { won, redeemed, lost } = books.ever;
      if (won.count === redeemed.count + lost.count || performance.now() > end) return books;
    }
  }

  /** What the delegator's page says, once reward and fees have come. */
  async #earned() {
    const page = this.#delegator;
    await page.goBack();
    const seen = page.waitForFunction(
      (bonded) => {
        const figure = (/** @type {string} */ id) => document.querySelector(id)?.textContent ?? "";
        return Number.parseFloat(figure("#stake").replace(/\s/g, "")) > bonded && /[1-9]/.test(figure("#fees"));
      },
      Number(STAKE),
      { timeout: REDEEMED_MS },
    );
    const grew = await seen.then(() => true, () => false);
    await page.locator("#fees", { hasText: "ETH" }).waitFor({ timeout: SOON_MS });
    return { stake_grew: grew, fees: (await page.locator("#fees").textContent()) ?? "" };
  }
}

/** What of it is not as promised. @param {Tickets} tickets */
export function unpaid({ sent, accepted, won, redeemed, chance, ev_wei, work_wei, left_wei, face_wei, paid_wei, delegator }) {
  const found = [];
  if (sent < ENOUGH) found.push(`only ${sent} tickets were sent, and ${ENOUGH} were to be`);
  if (!(chance > 0 && chance <= RARE)) found.push(`a ticket wins with a chance of ${chance}`);
  if (accepted > sent) found.push(`${accepted} tickets were accepted of ${sent}`);
  if (won === 0) found.push("no ticket won");
  if (redeemed !== won) found.push(`${redeemed} of ${won} winners were redeemed`);
  if (paid_wei !== face_wei) found.push(`winners of ${face_wei} wei paid ${paid_wei} wei`);
  if (BigInt(ev_wei) !== BigInt(work_wei) + BigInt(left_wei)) {
    found.push(`tickets worth ${ev_wei} wei were credited for work of ${work_wei} wei and ${left_wei} wei ahead`);
  }
  if (!delegator.stake_grew) found.push(`who bonded saw no reward, or no fees (${delegator.fees})`);
  return found;
}

/** The same in words. @param {Tickets} tickets */
export function told({ sent, accepted, won, redeemed, chance, ev_wei, paid_wei, delegator }) {
  return [
    `${sent} tickets sent, ${accepted} accepted, worth ${ev_wei} wei; one in ${Math.round(1 / chance)} wins`,
    `${won} won, ${redeemed} redeemed, ${paid_wei} wei paid; a delegator earned ${delegator.fees} of it`,
  ];
}
