// A stream as a client with a fixed bearer token knows it: what `headwater token` prints.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { headwater } from "../browser/places.mjs";

/** The rung that is watched beside the source. */
export const RUNG = { profile: "P240p25fps16x9", name: "240p", size: [426, 240] };

/** Makes a key, and a token for a stream of it. @param {string} node the node's URL */
export async function stream(node) {
  const folder = await mkdtemp(join(tmpdir(), "headwater-interop-"));
  try {
    const flags = ["token", "--key", join(folder, "key"), "--name", "film", "--ladder", RUNG.profile];
    const { stdout } = await promisify(execFile)(headwater(), flags);
    const printed = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(/\s+/)));
    const whep = `${node}${printed.watch.replace(/\/source$/, "")}`;
    return {
      /** What a publisher is told. */
      to: { whip: `${node}${printed.publish}`, token: /** @type {string} */ (printed.token) },
      /** @param {string} [rendition] none: all of them, to choose from while watching */
      whep: (rendition) => (rendition ? `${whep}/${rendition}` : whep),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
