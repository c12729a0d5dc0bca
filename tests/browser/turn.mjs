// coturn on this machine, with credentials as its REST interface has them: made by whoever knows the secret.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "./program.mjs";

const HOST = "127.0.0.1";

/** Starts it on a free port. @param {string} secret @param {{ from?: string }} [options] `from`: the address it relays from */
export async function relay(secret, { from = HOST } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "headwater-turn-"));
  const port = await freePort();
  const server = new Program("turnserver", [
    ...["-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout", "--simple-log"],
    ...["--listening-ip", HOST, "--relay-ip", from, "--listening-port", String(port), "--allow-loopback-peers"],
    ...["--realm", "headwater", "--use-auth-secret", "--static-auth-secret", secret],
    ...["--pidfile", join(folder, "pid"), "--userdb", join(folder, "users")],
  ]);
  await server.line(/Total General servers/);
  return {
    url: `turn:${HOST}:${port}?transport=udp`,
    async stop() {
      await server.end();
      await rm(folder, { recursive: true });
    },
  };
}

/** A file with a secret in it, as the node wants it. @param {import("node:test").TestContext} test @param {string} secret */
export async function secretFile(test, secret) {
  const folder = await mkdtemp(join(tmpdir(), "headwater-secret-"));
  test.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "secret"), secret, { mode: 0o600 });
  return join(folder, "secret");
}

/** One that nobody has now: coturn takes no port 0. */
async function freePort() {
  const socket = createSocket("udp4").bind(0, HOST);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
