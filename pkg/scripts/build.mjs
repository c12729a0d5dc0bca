// Builds dist/: TypeScript to ES modules and their types, beside the WebAssembly that `cargo xtask wasm` puts there.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const here = new URL("..", import.meta.url);
const dist = new URL("dist/", here);

if (!existsSync(new URL("wasm/headwater_light_node.js", dist))) {
  console.error("dist/wasm is not there: run `cargo xtask wasm`, which builds it and then this");
  process.exit(1);
}

// What an earlier build left must not be shipped with this one.
for (const entry of readdirSync(dist)) {
  if (entry !== "wasm") rmSync(new URL(entry, dist), { recursive: true });
}

const tsc = spawnSync("npx", ["--no-install", "tsc", "-p", "tsconfig.json"], { cwd: here, stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

const { version } = JSON.parse(readFileSync(new URL("package.json", here), "utf8"));
const build = new URL("build.js", dist);
const stamped = readFileSync(build, "utf8")
  .replace(/VERSION = "[^"]*"/, `VERSION = ${JSON.stringify(version)}`)
  .replace(/GIT = "[^"]*"/, `GIT = ${JSON.stringify(commit())}`);
writeFileSync(build, stamped);

function commit() {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: here, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown"; // built from a tarball
  }
}
