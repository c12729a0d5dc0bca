// A chain of one's own: anvil with the contracts as they are deployed, an orchestrator on it, and rounds that pass when told.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

import { anvil, foundry } from "./anvil.mjs";

const root = new URL("../../", import.meta.url);
const CONTRACTS = fileURLToPath(new URL("contracts/", root));
/** Where the script may write; the folder is the build's. */
const ADDRESSES = fileURLToPath(new URL("target/forge/deploy/", root));
const LOOK_MS = 20;
/** Blocks a round, in `contracts/config/local.json`. */
const ROUND = 20;
/** Of the accounts that every anvil has: who deploys, who is the orchestrator, and the visitor, with its key. */
const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const ORCHESTRATOR = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
export const VISITOR = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const VISITORS_KEY = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";

const run = promisify(execFile);

export class Chain {
  #anvil;
  #rpc;
  /** @type {Record<string, string>} */
  #contracts = {};
  #id = 0;

  /** @param {Awaited<ReturnType<typeof anvil>>} started */
  constructor(started) {
    this.#anvil = started;
    this.#rpc = started.rpc;
  }

  /** One with the network on it, and an orchestrator that is active. A block is made for each transaction. */
  static async start() {
    const chain = new Chain(await anvil());
    try {
      await chain.#deploy();
      await chain.#elect();
    } catch (error) {
      await chain.stop();
      throw error;
    }
    return chain;
  }

  /** What the site's `network.json` says. */
  get network() {
    return { chainId: 31337, rpc: this.#rpc, contracts: this.#contracts, confirmations: 1, developerKey: VISITORS_KEY };
  }

  /** What a server is told to be paid as the orchestrator: a ticket for each 50 ms of work, of which few win. @param {string} data */
  paid(data) {
    const file = join(data, "network.json");
    writeFileSync(file, JSON.stringify(this.network));
    const flags = { network: file, rpc: this.#rpc, recipient: ORCHESTRATOR, price: "30000000", data, admin: "0" };
    const pace = { "ticket-ms": 50, "ticket-multiple": 1e9, "max-face-value": "400000000000000", "params-seconds": 8, confirmations: 0, "block-ms": 1000, "rpc-per-second": 1000, "grace-ms": 1000 };
    return Object.entries({ ...flags, ...pace }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  }

  /** Says where the orchestrator's node is, and by which key it is known. @param {string} uri */
  async publish(uri) {
    await this.send(ORCHESTRATOR, "ServiceRegistry", "setServiceURI(string)", uri);
  }

  get orchestrator() {
    return ORCHESTRATOR.toLowerCase();
  }

  /** Lets so many rounds pass, each begun. @param {number} [rounds] */
  async pass(rounds = 1) {
    for (let passed = 0; passed < rounds; passed++) {
      await this.ask("anvil_mine", [`0x${ROUND.toString(16)}`]);
      await this.send(DEPLOYER, "RoundsManager", "initializeRound()");
    }
  }

  /** The orchestrator calls its reward. */
  async reward() {
    await this.send(ORCHESTRATOR, "BondingManager", "reward()");
  }

  /** Sends from one of anvil's accounts. @param {string} from @param {string} contract @param {string} call @param {string[]} values */
  async send(from, contract, call, ...values) {
    const { stdout } = await run(foundry("cast"), ["calldata", call, ...values]);
    const to = this.#contracts[contract];
    const hash = await this.ask("eth_sendTransaction", [{ from, to, data: stdout.trim() }]);
    const { status } = await this.#receipt(hash);
    if (status !== "0x1") throw new Error(`${contract}.${call} failed`);
  }

  /** Its block is made at once, and known of a moment later. @param {string} hash */
  async #receipt(hash) {
    for (;;) {
      const receipt = await this.ask("eth_getTransactionReceipt", [hash]);
      if (receipt !== null) return receipt;
      await wait(LOOK_MS);
    }
  }

  /** @param {string} method @param {unknown[]} params @returns {Promise<any>} */
  async ask(method, params = []) {
    const response = await fetch(this.#rpc, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
    });
    const { result, error } = await response.json();
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async stop() {
    await this.#anvil.stop();
  }

  async #deploy() {
    mkdirSync(ADDRESSES, { recursive: true });
    const addresses = `${ADDRESSES}browser-${process.pid}.json`;
    const flags = ["--broadcast", "--slow", "--unlocked", "--sender", DEPLOYER];
    await run(foundry("forge"), ["script", "script/Deploy.s.sol", "--rpc-url", this.#rpc, ...flags], {
      cwd: CONTRACTS,
      env: { ...process.env, DEPLOY_CONFIG: "config/local.json", DEPLOY_ADDRESSES: addresses },
      maxBuffer: 64 * 1024 * 1024,
    });
    this.#contracts = JSON.parse(readFileSync(addresses, "utf8")).contracts;
    rmSync(addresses);
  }

  async #elect() {
    const token = (10n ** 18n).toString();
    await this.pass();
    const bonding = this.#contracts.BondingManager ?? "";
    await this.send(ORCHESTRATOR, "LivepeerToken", "approve(address,uint256)", bonding, `1000${"0".repeat(18)}`);
    await this.send(ORCHESTRATOR, "BondingManager", "bond(uint256,address)", `500${token.slice(1)}`, ORCHESTRATOR);
    await this.send(ORCHESTRATOR, "BondingManager", "transcoder(uint256,uint256)", "100000", "400000");
    await this.send(ORCHESTRATOR, "ServiceRegistry", "setServiceURI(string)", "https://orchestrator.example:8935");
    await this.pass();
  }
}
