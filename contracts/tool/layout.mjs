// Where the contracts behind proxies keep their state: `layout/<Name>.txt`, from what forge has built. An upgrade finds
// state where the version before left it: a change here moves it, and must only ever add.
//
//   node tool/layout.mjs

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(import.meta.dirname, "..");
const OUT = process.env.FOUNDRY_OUT ?? join(ROOT, "../target/forge/out");

export const FOLDER = join(ROOT, "layout");

/** Those that are upgraded. */
export const CONTRACTS = [
  "BondingManager",
  "BondingVotes",
  "HeadwaterGovernor",
  "RoundsManager",
  "ServiceRegistry",
  "TicketBroker",
];

/** @typedef {{ label: string, slot: string, offset: number, type: string }} Variable */
/** @typedef {{ label: string, numberOfBytes: string, value?: string, base?: string, members?: Variable[] }} Type */

/** @param {string} contract @returns {{ storage: Variable[], types: Record<string, Type> }} */
export function built(contract) {
  const { storageLayout } = JSON.parse(readFileSync(join(OUT, `${contract}.sol`, `${contract}.json`), "utf8"));
  if (!storageLayout) throw new Error(`${contract} was built without its layout: run forge build in contracts/`);
  return storageLayout;
}

/**
 * A variable a line, with its slot, its place in it and its size, then the structs that they lead to.
 * @param {{ storage: Variable[], types: Record<string, Type> }} layout
 */
export function written({ storage, types }) {
  const lines = storage.map((variable) => line(variable, types));
  /** @type {Set<string>} */
  const structs = new Set();
  for (const { type } of storage) visit(type, types, structs);
  for (const id of structs) {
    lines.push("", types[id]?.label ?? id);
    for (const member of types[id]?.members ?? []) lines.push(line(member, types));
  }
  return `${lines.join("\n")}\n`;
}

/** @param {Variable} variable @param {Record<string, Type>} types */
function line({ label, slot, offset, type }, types) {
  const { label: name = type, numberOfBytes = "?" } = types[type] ?? {};
  return `${slot}+${offset} ${numberOfBytes} ${name} ${label}`;
}

/** @param {string | undefined} id @param {Record<string, Type>} types @param {Set<string>} structs */
function visit(id, types, structs) {
  const type = id === undefined ? undefined : types[id];
  if (!id || !type || structs.has(id)) return;
  if (type.members) structs.add(id);
  for (const next of [type.value, type.base, ...(type.members ?? []).map((member) => member.type)]) {
    visit(next, types, structs);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true });
  for (const contract of CONTRACTS) writeFileSync(join(FOLDER, `${contract}.txt`), written(built(contract)));
}
