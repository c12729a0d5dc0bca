// Anvil as a child process, on a free port of this machine.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a start may take; it is well under a second, unless the machine is busy with something else. */
const READY_MS = 20_000;

/** A program of Foundry's. @param {string} name */
export const foundry = (name) => fileURLToPath(new URL(`../../contracts/node_modules/.bin/${name}`, import.meta.url));

/** Why there is none here, if there is none. */
export const missing = existsSync(foundry("anvil")) ? false : "the contracts' packages are not installed";

/** Starts one, and waits until it listens. */
export async function anvil() {
  const child = spawn(foundry("anvil"), ["--host", "127.0.0.1", "--port", "0", "--hardfork", "cancun"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return { rpc: await listening(child), stop: () => stop(child) };
}

/** @param {import("node:child_process").ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Where it listens, once it does. @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, null>} child */
async function listening(child) {
  const late = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  try {
    for await (const line of createInterface(child.stdout)) {
      const address = /^Listening on (.+)$/.exec(line)?.[1];
      if (address !== undefined) return `http://${address.trim()}`;
    }
  } finally {
    clearTimeout(late);
    // It logs each request: a pipe that nobody reads would stop it.
    child.stdout.resume();
  }
  throw new Error("anvil did not say where it listens");
}
