// The browser's part of the benches: a table for people, and with --json one object on the last line.
//
//   node bench.mjs latency [--json]

import { parseArgs } from "node:util";

import { latency } from "./latency.mjs";

/** @type {Readonly<Record<string, (print: (line: string) => void) => Promise<object>>>} */
const BENCHES = { latency };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean", default: false } } });
const [name = ""] = positionals;
const bench = BENCHES[name];
if (bench === undefined) throw new Error(`there is no bench "${name}", only ${Object.keys(BENCHES).join(", ")}`);

const print = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
print(`${name}, in the browser`);
const results = await bench(print);
if (values.json) print(JSON.stringify(results));
