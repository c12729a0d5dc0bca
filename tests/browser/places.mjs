// Where things are in the checkout, and what the environment says instead.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** @param {string} name */
export const fixture = (name) => fileURLToPath(new URL(`tests/fixtures/${name}`, root));

/** A path in Cargo's build folder. @param {string} path */
export const target = (path) => fileURLToPath(new URL(`${process.env.CARGO_TARGET_DIR ?? "target"}/${path}`, root));

/** The built package. */
export const PACKAGE = fileURLToPath(new URL("pkg/", root));

/** The built pages. */
export const PAGES = process.env.HEADWATER_PAGES ?? fileURLToPath(new URL("web/dist", root));

/** The server: what the environment names, else the newest kind that is built. */
export function headwater() {
  const binary = process.env.HEADWATER_BIN ?? [target("debug/headwater"), target("release/headwater")].find(existsSync);
  if (binary === undefined) throw new Error("there is no headwater binary: `cargo build -p headwater-native-transcoder`");
  return binary;
}

/** The browser. */
export const CHROMIUM = process.env.HEADWATER_CHROMIUM ?? "/usr/bin/chromium";

/** The other browser. */
export const FIREFOX = process.env.HEADWATER_FIREFOX ?? "/usr/bin/firefox-esr";
