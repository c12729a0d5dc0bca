// Where the foreign programs are: what the environment names, else what `cargo xtask setup` installed.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** The interpreter of the environment that `requirements.txt` describes. */
export const PYTHON = process.env.HEADWATER_PYTHON ?? fileURLToPath(new URL(".cache/python/bin/python", root));

/** A script of this suite. @param {string} name */
export const script = (name) => fileURLToPath(new URL(`python/${name}`, import.meta.url));

/** FFmpeg 9, which the package `imageio-ffmpeg` carries. */
export function ffmpeg9() {
  const where = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())";
  return execFileSync(PYTHON, ["-c", where], { encoding: "utf8" }).trim();
}
