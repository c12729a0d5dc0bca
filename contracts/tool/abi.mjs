// What Rust and JavaScript know of the contracts: `abi/<Name>.json`, from what forge has built.
//
//   node tool/abi.mjs [--check]
//
// With `--check` nothing is written: it ends with 1 when a file is not what the sources say.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "..");
const out = process.env.FOUNDRY_OUT ?? join(root, "../target/forge/out");

/** The contracts that are deployed: those in `src` that have code. */
function deployed() {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".sol") && !file.startsWith("interfaces"))
    .map((file) => basename(file, ".sol"))
    .filter((name) => artifact(name) && artifact(name).bytecode.object.length > 2 && constructs(name))
    .sort();
}

/** Libraries have code too, but nobody to talk to. @param {string} name */
function constructs(name) {
  return artifact(name).abi.some(({ type }) => type === "function");
}

/** @param {string} name */
function artifact(name) {
  try {
    return JSON.parse(readFileSync(join(out, `${name}.sol`, `${name}.json`), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * An ABI in which a parameter that is not looked at, and so has no name in the source, has the one in the interface.
 * @param {string} name
 */
function named(name) {
  const declared = new Map((artifact(`I${name}`)?.abi ?? []).map((entry) => [key(entry), entry]));
  return artifact(name).abi.map((entry) => {
    const inputs = declared.get(key(entry))?.inputs;
    if (inputs === undefined) return entry;
    return { ...entry, inputs: entry.inputs.map((input, i) => ({ ...input, name: input.name || inputs[i].name })) };
  });
}

/** @param {{ type: string, name?: string, inputs?: { type: string }[] }} entry */
function key({ type, name, inputs = [] }) {
  return JSON.stringify([type, name, ...inputs.map((input) => input.type)]);
}

const check = process.argv.includes("--check");
const folder = join(root, "abi");
mkdirSync(folder, { recursive: true });
const wanted = new Map(deployed().map((name) => [`${name}.json`, `${JSON.stringify(named(name), null, 1)}\n`]));
if (wanted.size === 0) throw new Error(`nothing is built in ${out}: run forge build first`);
const stale = [];
for (const [file, text] of wanted) {
  let present = "";
  try {
    present = readFileSync(join(folder, file), "utf8");
  } catch {
    // Not there yet: stale like any other difference.
  }
  if (present === text) continue;
  stale.push(file);
  if (!check) writeFileSync(join(folder, file), text);
}
for (const file of readdirSync(folder).filter((file) => !wanted.has(file))) {
  stale.push(file);
  if (!check) rmSync(join(folder, file));
}
if (check && stale.length > 0) {
  process.stderr.write(`abi/ is not what the sources say (${stale.join(", ")}): run npm run abi in contracts/\n`);
  process.exitCode = 1;
}
