// Reading the chain: through the network's RPC address, or through the wallet where there is none.

import { HeadwaterError } from "../errors.js";
import type { Wallet } from "./connection.js";
import { type Answered, type Query, answer, query, refusal } from "./core.js";
import { revertData, walletFailure } from "./failure.js";
import type { KnownNetwork } from "./network.js";
import { type Patience, patience, persist, Passing } from "./patience.js";
import { type ProviderRequest, fromQuantity } from "./provider.js";
import { type Answer, Rpc } from "./rpc.js";

/** @internal */
export class Chain {
  readonly network: KnownNetwork;
  readonly #wallet: Wallet | undefined;
  readonly #rpc: Rpc | undefined;
  readonly #patience: Patience;
  #proven = false;

  constructor(network: KnownNetwork, wallet: Wallet | undefined, how: Patience = patience) {
    this.network = network;
    this.#wallet = wallet;
    this.#patience = how;
    this.#rpc = network.rpc === undefined ? undefined : new Rpc(network.rpc, how);
  }

  /** The answers to all questions, asked at once; one that fails rejects. */
  async ask(questions: readonly ProviderRequest[], signal?: AbortSignal): Promise<unknown[]> {
    const proof = this.#proven ? [] : [{ method: "eth_chainId" }];
    const answers = await this.#asked([...proof, ...questions], signal);
    const results = answers.map((one) => {
      if ("error" in one) throw explained(one.error);
      return one.result;
    });
    if (proof.length === 0) return results;
    const chain = fromQuantity(results.shift());
    if (chain !== this.network.chainId) {
      throw new HeadwaterError("wrong_chain", `asked for chain ${this.network.chainId}, it answers for ${chain}`);
    }
    // A wallet may move to another chain at any time; an address does not.
    this.#proven = this.#rpc !== undefined;
    return results;
  }

  /** What the contracts answer to each query: one request, whatever their number. */
  async read<const Queries extends readonly Query[]>(
    queries: Queries,
    signal?: AbortSignal,
  ): Promise<{ -readonly [At in keyof Queries]: Answered<Queries[At]> }> {
    const calls = queries.map((one) => query(this.network, one));
    const results = await this.ask(
      calls.flat().map((call) => ({ method: "eth_call", params: [call, "latest"] })),
      signal,
    );
    let at = 0;
    const answers = queries.map((one, i) => {
      const own = results.slice(at, (at += calls[i]?.length ?? 0));
      return answer(this.network, one, own.map(String));
    });
    return answers as { -readonly [At in keyof Queries]: Answered<Queries[At]> };
  }

  /** How it waits. */
  get patience(): Patience {
    return this.#patience;
  }

  #asked(questions: readonly ProviderRequest[], signal?: AbortSignal): Promise<Answer[]> {
    if (this.#rpc) return this.#rpc.ask(questions, signal);
    const wallet = this.#wallet;
    if (!wallet) throw new HeadwaterError("no_wallet", "the network has no rpc address to read from either");
    const one = async ({ method, params }: ProviderRequest): Promise<Answer> => {
      try {
        return { result: await wallet.request(method, (params ?? []) as readonly unknown[]) };
      } catch (error) {
        const failure = walletFailure(error);
        if (failure.code === "chain_unreachable") throw new Passing(failure);
        return { error };
      }
    };
    return persist(() => Promise.all(questions.map(one)), this.#patience, signal);
  }
}

/** A node's error; a contract's refusal in its own words. */
export function explained(error: unknown): HeadwaterError {
  const data = revertData(error);
  if (data === undefined) return walletFailure(error);
  const { code, message } = refusal(data);
  return new HeadwaterError(code, message, error);
}
