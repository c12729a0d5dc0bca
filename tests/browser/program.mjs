// A foreign program as a child process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What a program may take to say something; it takes a second, unless the machine is busy. */
const PATIENCE_MS = 30_000;
/** How much of its words a failure shows. */
const WORDS = 8 * 1024;

export class Program {
  #child;
  #lines;
  #exited;
  #words = "";

  /** @param {string} command @param {string[]} arguments_ */
  constructor(command, arguments_) {
    this.#child = spawn(command, arguments_, { stdio: ["pipe", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit");
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#words = (this.#words + text).slice(-WORDS);
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The last of what it wrote on standard error. */
  get words() {
    return this.#words;
  }

  /** The next line of JSON that it prints. */
  async told() {
    return JSON.parse(await this.line(/^/));
  }

  /** The next line that it prints and that has this in it. @param {RegExp} what */
  async line(what) {
    const limit = new Promise((_, reject) => {
      const late = () => reject(new Error(`the program did not say ${what}:\n${this.#words}`));
      setTimeout(late, PATIENCE_MS).unref();
    });
    for (;;) {
      const { value, done } = await Promise.race([this.#lines.next(), limit]);
      if (done) throw new Error(`the program ended without saying ${what}:\n${this.#words}`);
      if (what.test(value)) return value;
    }
  }

  /** Closes its standard input, which ends those that read it. */
  hush() {
    this.#child.stdin.end();
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal);
  }

  /** Its exit status, once it has ended by itself. */
  async exit() {
    await this.#exited;
    return this.#child.exitCode;
  }

  /** Ends it, however it feels. */
  async end() {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
