// What a page does with tickets: signing in wasm beside @noble/curves, and validating. Node and Chromium run the same V8.
//
//   node page.mjs <bench_tickets.wasm>

import { readFile } from "node:fs/promises";

import { secp256k1 } from "@noble/curves/secp256k1.js";

/** Pairs of runs, ours and noble's in turn. */
const PAIRS = 15;
/** Signatures of one run: a tenth of a second, of which the clock's resolution is nothing. */
const COUNT = 256;
/** At most this part of noble's time. */
const REACH = 0.56;

/**
 * @typedef {object} Page
 * @property {(count: number) => number} sign_tickets
 * @property {(count: number) => number} sign_hashes
 * @property {() => number} validate
 */

const [, , path = ""] = process.argv;
const { instance } = await WebAssembly.instantiate(await readFile(path));
const page = /** @type {Page} */ (/** @type {unknown} */ (instance.exports));

const secret = new Uint8Array(32).fill(7);
const hashes = Array.from({ length: COUNT }, (_, n) => new Uint8Array(32).map((_, at) => (at < 4 ? n >> (8 * at) : 1)));
/** @returns {number} */
const noble = () =>
  hashes.reduce((sum, hash) => sum + (secp256k1.sign(hash, secret, { prehash: false, format: "recovered" })[0] ?? 0), 0);

/**
 * Microseconds of this process's CPU for each of COUNT: others on the machine do not count.
 * @param {() => unknown} work
 */
const timed = (work) => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / COUNT;
};
/** @param {number[]} values */
const sorted = (values) => values.toSorted((a, b) => a - b);
/** @param {number[]} values */
const median = (values) => sorted(values)[values.length >> 1] ?? NaN;
/** @param {number} value */
const rounded = (value) => Math.round(value * 1000) / 1000;

// Until V8 has compiled all of it for good, and the tables are made.
for (let n = 0; n < 3; n += 1) {
  noble();
  page.sign_tickets(COUNT);
  page.sign_hashes(COUNT);
  page.validate();
}

/** @type {{ ticket: number[], hash: number[], noble: number[], validate: number[], ratio: number[] }} */
const us = { ticket: [], hash: [], noble: [], validate: [], ratio: [] };
for (let pair = 0; pair < PAIRS; pair += 1) {
  const theirs = timed(noble);
  const ours = timed(() => page.sign_tickets(COUNT));
  us.noble.push(theirs);
  us.ticket.push(ours);
  us.ratio.push(ours / theirs);
  us.hash.push(timed(() => page.sign_hashes(COUNT)));
  us.validate.push(timed(() => {
    const good = page.validate();
    if (good !== COUNT) throw new Error(`${good} of ${COUNT} tickets are good`);
  }));
}

const ratio = rounded(median(us.ratio));
const ratios = sorted(us.ratio);
const spread = [rounded(ratios[0] ?? NaN), rounded(ratios[ratios.length - 1] ?? NaN)];
const results = {
  wasm_sign_us: rounded(median(us.ticket)),
  wasm_sign_hash_us: rounded(median(us.hash)),
  noble_sign_us: rounded(median(us.noble)),
  sign_ratio: ratio,
  sign_ratio_spread: spread,
  wasm_validate_us: rounded(median(us.validate)),
};
console.log("tickets in wasm, microseconds each");
console.log(`  signing    ${results.wasm_sign_us} (a hash alone ${results.wasm_sign_hash_us})`);
console.log(`  @noble     ${results.noble_sign_us}, a hash alone: ${ratio} (${spread.join(" to ")}); reach ${REACH}`);
console.log(`  validating ${results.wasm_validate_us}`);
console.log(JSON.stringify(results));
