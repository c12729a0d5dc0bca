// Asking a chain's node over HTTP: several questions in one request, again where it is busy.

import { HeadwaterError } from "../errors.js";
import { walletFailure } from "./failure.js";
import { Passing, type Patience, patience, persist } from "./patience.js";
import type { ProviderRequest } from "./provider.js";

/** Common nodes take 100 and more in one request. */
const MOST_AT_ONCE = 100;
/** A node that asks for a longer break is not waited for. */
const LONGEST_BREAK_MS = 10_000;
/** A node that says nothing for this long will not. */
const SILENCE_MS = 15_000;

/** One answer: its result, or why there is none. @internal */
export type Answer = { readonly result: unknown } | { readonly error: unknown };

/** @internal */
export class Rpc {
  readonly #url: string;
  readonly #patience: Patience;
  #id = 0;

  constructor(url: string, how: Patience = patience) {
    this.#url = url;
    this.#patience = how;
  }

  /** The answers, in the order of the questions. */
  async ask(questions: readonly ProviderRequest[], signal?: AbortSignal): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let at = 0; at < questions.length; at += MOST_AT_ONCE) {
      const some = questions.slice(at, at + MOST_AT_ONCE);
      answers.push(...(await persist(() => this.#post(some, signal), this.#patience, signal)));
    }
    return answers;
  }

  async #post(questions: readonly ProviderRequest[], signal?: AbortSignal): Promise<Answer[]> {
    const calls = questions.map(({ method, params }) => ({
      jsonrpc: "2.0",
      id: ++this.#id,
      method,
      params: params ?? [],
    }));
    const silence = AbortSignal.timeout(SILENCE_MS);
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(calls.length === 1 ? calls[0] : calls),
        signal: signal ? AbortSignal.any([signal, silence]) : silence,
      });
      body = await response.json().catch(() => undefined);
    } catch (error) {
      throw new Passing(new HeadwaterError("chain_unreachable", new URL(this.#url).host, error));
    }
    if (response.status === 429 || response.status >= 500) {
      const failure = new HeadwaterError("chain_unreachable", `it answers with status ${response.status}`);
      throw new Passing(failure, breakMs(response.headers.get("retry-after")));
    }
    const answers = new Map((Array.isArray(body) ? body : [body]).map((one: Reply) => [one?.id, one]));
    return calls.map(({ id }) => {
      const reply = answers.get(id);
      // A node that refuses the whole request answers with one error and no id.
      if (reply === undefined) throw walletFailure((body as Reply | undefined)?.error ?? nonsense(response.status));
      // Its limit on requests a second, of which only some went through.
      if (isLimit(reply.error)) throw new Passing(walletFailure(reply.error));
      return reply.error === undefined ? { result: reply.result } : { error: reply.error };
    });
  }
}

interface Reply {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

function isLimit(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === -32005 || code === 429;
}

function nonsense(status: number): HeadwaterError {
  return new HeadwaterError("chain_unreachable", `its answer (status ${status}) is not JSON-RPC`);
}

/** `Retry-After` in seconds; its other form, a date, is rare here. */
function breakMs(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, LONGEST_BREAK_MS) : 0;
}
