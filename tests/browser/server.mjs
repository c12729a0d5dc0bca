// The orchestrator as a child process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { PAGES, headwater } from "./places.mjs";

/** What a start may take; it is well under a second, unless the machine is busy with something else. */
const READY_MS = 20_000;
/** What an orderly end may take: open requests have two seconds. */
const END_MS = 5_000;
/** How much of its words a failure shows. */
const WORDS = 8 * 1024;

/** A running orchestrator on free ports of this machine. */
export class Server {
  /** Where its pages and endpoints are. */
  url = "";
  /** Where its media goes, `address:port`. */
  udp = "";
  /** The address of its key, where it is paid, and where its operator sees what comes in. */
  node = "";
  admin = "";
  #flags;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  #words = "";

  /** @param {string[]} flags */
  constructor(flags) {
    this.#flags = flags;
  }

  /**
   * Starts one.
   * @param {{ pages?: string, flags?: string[], media?: string, port?: number }} [options] `media`: the IP address for
   * WebRTC; `port`: the UDP port
   */
  static async start({ pages = PAGES, flags = [], media = "127.0.0.1", port = 0 } = {}) {
    const server = new Server(["--pages", pages, ...flags]);
    await server.#start("127.0.0.1:0", `${media}:${port}`);
    return server;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** The last of what it logged. */
  get words() {
    return this.#words;
  }

  /** Starts it again on the ports it had. */
  async again() {
    await this.#start(new URL(this.url).host, this.udp);
  }

  /** Ends it in order, with its goodbyes. */
  async stop() {
    await this.#end("SIGTERM");
  }

  /** Ends it like a power cut does: nobody is told. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(timer);
  }

  /** @param {string} http @param {string} udp */
  async #start(http, udp) {
    const child = spawn(headwater(), ["orchestrator", "--http", http, "--udp", udp, ...this.#flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#words = (this.#words + text).slice(-WORDS);
    });
    try {
      const [line] = await once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(READY_MS) });
      const ready = JSON.parse(line);
      this.url = ready.http;
      this.udp = ready.udp;
      this.node = ready.node ?? "";
      this.admin = ready.admin ? `http://${ready.admin}` : "";
    } catch (error) {
      await this.kill();
      throw new Error(`the server did not start:\n${this.#words}`, { cause: error });
    }
  }
}
