// `cargo xtask deploy` against anvil.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const bin = (name) => join(root, "contracts/node_modules/.bin", name);
const LOCAL = join(root, "contracts/config/local.json");
/** Of anvil's accounts: who deploys, whom `local.json` names as the owner. */
const DEPLOYER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const OWNER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const HEIR = "0x976ea74026e726554db657fa54763abd0c3a0aa9";
const UNLOCKED = ["--unlocked", "--from", DEPLOYER];
const PENNILESS = ["--unlocked", "--from", "0x00000000000000000000000000000000deadbeef"];

const folder = mkdtempSync(join(tmpdir(), "headwater-deploy-"));
const started = new Set();
after(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

test("a network is deployed, wired and handed to its owner", async () => {
  const rpc = await anvil();
  const out = join(folder, "whole.json");
  const run = await deploy(["--rpc", rpc, "--out", out, "--yes"]);
  assert.equal(run.code, 0, run.text);
  const network = JSON.parse(readFileSync(out, "utf8"));
  assert.equal(network.chainId, 31337);
  assert.equal(network.deployer.toLowerCase(), DEPLOYER);
  for (const address of [...Object.values(network.contracts), ...Object.values(network.implementations)]) {
    assert.notEqual(await ask(rpc, "eth_getCode", [address, "latest"]), "0x", address);
  }
  assert.equal(await ownerOf(rpc, network.contracts.Controller), OWNER);
  assert.ok(!existsSync(`${out}.unfinished`));
  // The genesis of local.json has one share, which is this account's.
  await ask(rpc, "eth_sendTransaction", [
    {
      from: HEIR,
      to: network.contracts.MerkleMine,
      data: `0x2e9ab26f${HEIR.slice(2).padStart(64, "0")}${"40".padStart(64, "0")}${"".padStart(64, "0")}`,
    },
  ]);
  const data = `0x70a08231${HEIR.slice(2).padStart(64, "0")}`;
  const share = await ask(rpc, "eth_call", [{ to: network.contracts.LivepeerToken, data }, "latest"]);
  assert.equal(BigInt(share), 10n ** 21n);

  const again = await deploy(["--rpc", rpc, "--out", out, "--yes"]);
  assert.notEqual(again.code, 0);
  assert.match(again.text, /names a network that is on this chain/);
});

test("a dry run says what it would do and sends nothing", async () => {
  const rpc = await anvil();
  const out = join(folder, "dry.json");
  const run = await deploy(["--rpc", rpc, "--out", out, "--dry-run"]);
  assert.equal(run.code, 0, run.text);
  assert.match(run.text, /deployer +0xf39f/i);
  assert.match(run.text, /roundLength +20\n/);
  assert.match(run.text, /about 0\.\d+ ETH: \d{8} gas/);
  assert.equal(await nonce(rpc), 0);
  assert.deepEqual([existsSync(out), existsSync(`${out}.unfinished`)], [false, false]);
});

test("who does not agree sends nothing", async () => {
  const rpc = await anvil();
  const run = await deploy(["--rpc", rpc, "--out", join(folder, "no.json")], { answer: "n\n" });
  assert.notEqual(run.code, 0);
  assert.match(run.text, /send it\?[^]*nothing was sent/);
  assert.equal(await nonce(rpc), 0);
});

test("a deployment that is killed goes on to the one whole network", async () => {
  const rpc = await anvil("--block-time", "1");
  const out = join(folder, "killed.json");
  const flags = ["--rpc", rpc, "--out", out, "--yes"];
  const killed = deploy(flags, {
    started: async (child) => {
      while ((await nonce(rpc)) < 9) await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill("SIGKILL");
    },
  });
  assert.notEqual((await killed).code, 0);
  assert.ok(!existsSync(out), "it came to its end before it was killed");
  const reached = await nonce(rpc);

  const careless = await deploy(flags);
  assert.notEqual(careless.code, 0);
  assert.match(careless.text, /was interrupted .*--resume/);

  await ask(rpc, "evm_setIntervalMining", [0]);
  await ask(rpc, "evm_setAutomine", [true]);
  const resumed = await deploy([...flags, "--resume"]);
  assert.equal(resumed.code, 0, resumed.text);
  const network = JSON.parse(readFileSync(out, "utf8"));
  for (const address of [...Object.values(network.contracts), ...Object.values(network.implementations)]) {
    assert.notEqual(await ask(rpc, "eth_getCode", [address, "latest"]), "0x", address);
  }

  const fresh = await anvil();
  const whole = await deploy(["--rpc", fresh, "--out", join(folder, "fresh.json"), "--yes"]);
  assert.equal(whole.code, 0, whole.text);
  assert.ok(reached < (await nonce(fresh)), "nothing was left to do");
  assert.equal(await nonce(rpc), await nonce(fresh), "transactions, all in all");
  assert.deepEqual(network.contracts, JSON.parse(readFileSync(join(folder, "fresh.json"), "utf8")).contracts);
});

test("the drills of ROLLOUT.md work as they stand there", async () => {
  for (const [staged, titles] of [
    [false, ["Pause", "Upgrade", "Raising the cap"]],
    [true, ["Pause", "Through Governor"]],
  ]) {
    const config = join(folder, `staged-${staged}.json`);
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(LOCAL, "utf8")), staged }));
    const rpc = await anvil();
    const out = join(folder, `drills-${staged}.json`);
    const run = await deploy(["--rpc", rpc, "--out", out, "--yes", "--config", config]);
    assert.equal(run.code, 0, run.text);
    const blocks = staged ? [drill(titles[0]).split("\n")[0], drill(titles[1])] : titles.map(drill);
    shell(blocks, rpc, out);
  }
});

test("a chain without the deterministic deployer gets it first", async () => {
  const rpc = await anvil("--disable-default-create2-deployer");
  const flags = ["--rpc", rpc, "--out", join(folder, "bare.json"), "--yes"];
  const refused = await deploy(flags);
  assert.notEqual(refused.code, 0);
  assert.match(refused.text, /lacks the deterministic deployer 0x4e59.*ROLLOUT\.md/);
  shell([drill("A chain without the deterministic deployer")], rpc);
  const run = await deploy(flags);
  assert.equal(run.code, 0, run.text);
});

test("the test network is deployed with a key in an encrypted file, and owned through a Governor", async () => {
  const rpc = await anvil("--chain-id", "11155111");
  const made = spawnSync(bin("cast"), ["wallet", "new", folder, "key", "--unsafe-password", "secret"], {
    encoding: "utf8",
  });
  const [from] = /0x[0-9a-fA-F]{40}/.exec(made.stdout) ?? assert.fail(made.stderr);
  await ask(rpc, "anvil_setBalance", [from, "0xde0b6b3a7640000"]);
  writeFileSync(join(folder, "password"), "secret");
  const key = ["--keystore", join(folder, "key"), "--password-file", join(folder, "password")];
  const out = join(folder, "testnet.json");
  const flags = ["--rpc", rpc, "--out", out, "--yes", "--config", join(root, "contracts/config/testnet.json")];

  const ownerless = await deploy(flags, { key });
  assert.notEqual(ownerless.code, 0);
  assert.match(ownerless.text, /names no owner: give one with --owner/);

  const run = await deploy([...flags, "--owner", OWNER], { key });
  assert.equal(run.code, 0, run.text);
  const network = JSON.parse(readFileSync(out, "utf8"));
  assert.equal(network.deployer, from);
  assert.equal(await ownerOf(rpc, network.contracts.Controller), network.contracts.Governor.toLowerCase());
  assert.equal(await ownerOf(rpc, network.contracts.Governor), OWNER);
});

test("another chain than the configuration's is refused", async () => {
  const rpc = await anvil("--chain-id", "5");
  const run = await deploy(["--rpc", rpc, "--yes"]);
  assert.notEqual(run.code, 0);
  assert.match(run.text, /local\.json is for chain 31337, and the node is of chain 5/);
  assert.equal(await nonce(rpc), 0);
});

test("a node that does not answer is named as the cause", async () => {
  const run = await deploy(["--rpc", "http://127.0.0.1:1", "--yes"]);
  assert.notEqual(run.code, 0);
  assert.match(run.text, /nobody answers at the RPC address/);
});

test("a deployer without funds is told how much is missing", async () => {
  const rpc = await anvil();
  const run = await deploy(["--rpc", rpc, "--out", join(folder, "poor.json"), "--yes"], { key: PENNILESS });
  assert.notEqual(run.code, 0);
  assert.match(run.text, /has 0 ETH, and about 0\.\d+ are needed: fund it/);
  assert.ok(!existsSync(join(folder, "poor.json.unfinished")));
});

/** Runs ROLLOUT.md's commands as the owner of a network. @param {string[]} blocks */
function shell(blocks, rpc, network = "") {
  const run = spawnSync("bash", ["-euc", blocks.join("\n")], {
    cwd: join(root, "contracts"),
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${bin("")}:${process.env.PATH}`,
      ETH_RPC_URL: rpc,
      network,
      owner: `--unlocked --from ${OWNER}`,
    },
  });
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
}

/** The commands under a heading. @param {string} title */
function drill(title) {
  const text = readFileSync(join(root, "contracts/ROLLOUT.md"), "utf8");
  const [, commands] = new RegExp(`^#+ ${title}\\n[^]*?^\`\`\`sh\\n([^]*?)^\`\`\``, "m").exec(text) ?? [];
  assert.ok(commands, `${title} has no commands`);
  return commands;
}

/** Starts one, and gives its address. @param {string[]} flags */
async function anvil(...flags) {
  const child = spawn(bin("anvil"), ["--host", "127.0.0.1", "--port", "0", ...flags], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const [, address] = /^Listening on (\S+)/.exec(line) ?? [];
    if (address) {
      child.stdout.resume();
      return `http://${address}`;
    }
  }
  throw new Error("anvil did not say where it listens");
}

/** What it said, on both outputs, and how it ended. @param {string[]} flags */
async function deploy(flags, { answer = "", key = UNLOCKED, started: hook = undefined } = {}) {
  const xtask = process.env.HEADWATER_XTASK;
  const config = flags.includes("--config") ? [] : ["--config", LOCAL];
  const [program, first] = xtask ? [xtask, []] : ["cargo", ["run", "--quiet", "--package", "xtask", "--"]];
  const child = spawn(program, [...first, "deploy", ...config, ...key, ...flags], {
    cwd: root,
  });
  started.add(child);
  child.stdin.end(answer);
  let text = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk) => (text += chunk));
  hook?.(child);
  const code = await new Promise((resolve) => child.on("close", (status) => resolve(status ?? "killed")));
  started.delete(child);
  return { code, text };
}

async function ownerOf(rpc, contract) {
  const owner = await ask(rpc, "eth_call", [{ to: contract, data: "0x8da5cb5b" }, "latest"]);
  return `0x${owner.slice(26)}`;
}

async function nonce(rpc) {
  return Number(await ask(rpc, "eth_getTransactionCount", [DEPLOYER, "latest"]));
}

async function ask(rpc, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpc, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
