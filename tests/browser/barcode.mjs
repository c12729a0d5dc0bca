// The barcode for Node: the page's own script, run here for its effect.

import { readFileSync } from "node:fs";

import "./page/barcode.js";

/** Draws and reads numbers in pictures. */
export const barcode = globalThis.barcode;

/** The script that gives a page the same. */
export const BARCODE_SCRIPT = readFileSync(new URL("./page/barcode.js", import.meta.url), "utf8");
