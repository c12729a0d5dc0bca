// Stake: who works for the network, and what one has bonded to them.

import { HeadwaterError } from "./errors.js";
import type { Chain } from "./wallet/chain.js";
import type { Answers } from "./wallet/core.js";
import { type Round, round } from "./wallet/round.js";
import type { Receipt, SendOptions, Sender } from "./wallet/send.js";

/** Somebody to bond to. */
export interface Orchestrator {
  readonly address: string;
  /** All that is delegated to it, its own included, in 10^-18 tokens. */
  readonly stake: bigint;
  /** Whether it works in this round. */
  readonly active: boolean;
  /** What it keeps of rewards, 0 to 1. */
  readonly rewardCut: number;
  /** What its delegators get of fees, 0 to 1. */
  readonly feeShare: number;
  /** The last round that it called its reward in; 0: none yet. */
  readonly lastRewardRound: number;
  /** Where it is; its own claim. May be empty. */
  readonly uri: string;
}

/** Stake that is being taken out. */
export interface UnbondingLock {
  readonly id: number;
  readonly amount: bigint;
  /** The round from which on it can be withdrawn. */
  readonly withdrawRound: number;
}

/** Everything about an account's stake at one time. Amounts are in 10^-18 tokens, fees and ETH in wei. */
export interface StakeStatus {
  readonly account: string;
  readonly balance: bigint;
  readonly tokens: bigint;
  /** What of the tokens may be bonded without another approval. */
  readonly allowance: bigint;
  readonly bonded: bigint;
  /** Bonded, with all that it has earned. */
  readonly pendingStake: bigint;
  readonly pendingFees: bigint;
  /** To whom, if to anybody. */
  readonly delegate?: string;
  /** From which round on it earns. */
  readonly startRound: number;
  /** Whether the account is an orchestrator itself. */
  readonly orchestrator: boolean;
  readonly locks: readonly UnbondingLock[];
  readonly round: Round;
}

const NOBODY = /^0x0{40}$/;
/** A batch of theirs; accounts with more than some are rare. */
const LOCKS_AT_ONCE = 64;
/** The newest ones: with more, the oldest are long free. */
const MOST_LOCKS = 512;
/** What BondingManager takes at most (its SPEC), in case a node makes up an endless list. */
const MOST_ORCHESTRATORS = 1000;
/** About a hundred calls: one request. */
const ORCHESTRATORS_AT_ONCE = 20;
/** Asking in another way would not help. */
const OVER: ReadonlySet<string> = new Set(["closed", "chain_unreachable", "wrong_chain"]);
const MILLION = 1_000_000;

/** `node.stake`. Whatever sends a transaction shows its words by `confirm` first, and resolves once it is confirmed. */
export class Stake {
  readonly #chain: Chain;
  readonly #sender: Sender;

  /** @internal */
  constructor(chain: Chain, sender: Sender) {
    this.#chain = chain;
    this.#sender = sender;
  }

  /**
   * Bonds `amount` to an orchestrator, with all that is bonded already. Where the BondingManager may not take so many
   * tokens yet, leave for just this many is a transaction of its own before.
   */
  async bond(bond: { readonly amount: bigint; readonly to: string }, options?: SendOptions): Promise<Receipt> {
    const { to } = bond;
    const amount = positive(bond.amount);
    const [{ allowance }] = await this.#chain.read([{ ask: "token", address: this.#sender.account }], options?.signal);
    if (BigInt(allowance) < bond.amount) await this.#sender.send({ do: "approveTokens", amount }, options);
    return this.#sender.send({ do: "bond", amount, to }, options);
  }

  /** Bonds all that is bonded to another orchestrator instead. */
  move({ to }: { readonly to: string }, options?: SendOptions): Promise<Receipt> {
    const amount = async () => {
      const [{ pendingStake }] = await this.#chain.read([{ ask: "delegator", address: this.#sender.account }]);
      return pendingStake;
    };
    return this.#sender.send({ do: "bond", amount: "0", to }, options, { amount });
  }

  /** Begins to take stake out. */
  async unbond({ amount }: { readonly amount: bigint }, options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "unbond", amount: positive(amount) }, options);
  }

  /** Puts back what is being taken out: to the present orchestrator, or, for who has nothing bonded, to `to`. */
  rebond({ lock, to }: { readonly lock: number; readonly to?: string }, options?: SendOptions): Promise<Receipt> {
    const id = String(lock);
    const about = { amount: () => this.#amount(lock) };
    if (to === undefined) return this.#sender.send({ do: "rebond", lock: id }, options, about);
    return this.#sender.send({ do: "rebondFromUnbonded", to, lock: id }, options, about);
  }

  /** Gives stake to another account. It cannot be taken back. */
  async transfer({ amount, to }: { readonly amount: bigint; readonly to: string }, options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "transferBond", amount: positive(amount), to }, options);
  }

  /** Pays out what has been taken out, once it is free. */
  withdraw({ lock }: { readonly lock: number }, options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "withdrawStake", lock: String(lock) }, options, {
      amount: () => this.#amount(lock),
    });
  }

  /** Pays out fees, to the account itself if not said otherwise. */
  async withdrawFees(
    { amount, to = this.#sender.account }: { readonly amount: bigint; readonly to?: string },
    options?: SendOptions,
  ): Promise<Receipt> {
    return this.#sender.send({ do: "withdrawFees", to, amount: positive(amount) }, options);
  }

  /** Adds what was earned to stake and fees, as every other call here does too. */
  async claim(options?: SendOptions): Promise<Receipt> {
    const [{ lastInitialized }] = await this.#chain.read([{ ask: "rounds" }], options?.signal);
    return this.#sender.send({ do: "claimEarnings", round: lastInitialized }, options);
  }

  /** What the chain says now. */
  async status(signal?: AbortSignal): Promise<StakeStatus> {
    const account = this.#sender.account;
    const address = account;
    const [rounds, token, delegator] = await this.#chain.read(
      [{ ask: "rounds" }, { ask: "token", address }, { ask: "delegator", address }],
      signal,
    );
    const [locks, [balance]] = await Promise.all([
      this.#locks(Number(delegator.nextLock), signal),
      this.#chain.ask([{ method: "eth_getBalance", params: [account, "latest"] }], signal),
    ]);
    return {
      account,
      balance: BigInt(String(balance)),
      tokens: BigInt(token.balance),
      allowance: BigInt(token.allowance),
      bonded: BigInt(delegator.bonded),
      pendingStake: BigInt(delegator.pendingStake),
      pendingFees: BigInt(delegator.pendingFees),
      ...(NOBODY.test(delegator.delegate) ? {} : { delegate: delegator.delegate.toLowerCase() }),
      startRound: Number(delegator.startRound),
      orchestrator: delegator.registered,
      locks,
      round: round(rounds),
    };
  }

  /** The round, without a wallet. */
  async round(signal?: AbortSignal): Promise<Round> {
    const [rounds] = await this.#chain.read([{ ask: "rounds" }], signal);
    return round(rounds);
  }

  /**
   * Those elected, most stake first, some at a time. Needs no wallet where the network has an RPC address.
   */
  async *orchestrators(signal?: AbortSignal): AsyncGenerator<Orchestrator, void, undefined> {
    const [{ first }] = await this.#chain.read([{ ask: "pool" }], signal);
    const seen = new Set<string>();
    for (let from = first; !NOBODY.test(from) && seen.size < MOST_ORCHESTRATORS; ) {
      // Between two answers the order may have changed.
      const fresh = (await this.#listed(from, signal)).filter((address) => !seen.has(address.toLowerCase()));
      if (fresh.length === 0) return;
      for (let at = 0; at < fresh.length; at += ORCHESTRATORS_AT_ONCE) {
        const some = fresh.slice(at, at + ORCHESTRATORS_AT_ONCE);
        const found = await this.#chain.read(some.map((address) => ({ ask: "orchestrator", address }) as const), signal);
        for (const one of found) {
          seen.add(one.address.toLowerCase());
          yield orchestrator(one);
        }
        from = found.at(-1)?.next ?? from;
      }
    }
  }

  /** The pool's next ones from this one on, or this one alone where a node runs no programs without a contract. */
  async #listed(from: string, signal?: AbortSignal): Promise<readonly string[]> {
    try {
      const [{ orchestrators }] = await this.#chain.read([{ ask: "orchestrators", address: from }], signal);
      return orchestrators.length === 0 ? [from] : orchestrators;
    } catch (error) {
      const over = error instanceof HeadwaterError && OVER.has(error.code);
      if (over) throw error;
      return [from];
    }
  }

  async #amount(lock: number): Promise<string> {
    const address = this.#sender.account;
    const [{ locks }] = await this.#chain.read([{ ask: "locks", address, from: lock, until: lock + 1 }]);
    return locks[0]?.amount ?? "0";
  }

  async #locks(next: number, signal?: AbortSignal): Promise<UnbondingLock[]> {
    const address = this.#sender.account;
    const questions = [];
    for (let from = Math.max(0, next - MOST_LOCKS); from < next; from += LOCKS_AT_ONCE) {
      questions.push({ ask: "locks", address, from, until: Math.min(next, from + LOCKS_AT_ONCE) } as const);
    }
    const answers = questions.length === 0 ? [] : await this.#chain.read(questions, signal);
    return answers.flatMap(({ locks }) =>
      locks.map(({ lock, amount, withdrawRound }) => ({
        id: Number(lock),
        amount: BigInt(amount),
        withdrawRound: Number(withdrawRound),
      })),
    );
  }
}

function orchestrator(found: Answers["orchestrator"]): Orchestrator {
  return {
    address: found.address.toLowerCase(),
    stake: BigInt(found.stake),
    active: found.active,
    rewardCut: Number(found.rewardCut) / MILLION,
    feeShare: Number(found.feeShare) / MILLION,
    lastRewardRound: Number(found.lastRewardRound),
    uri: found.uri,
  };
}

function positive(amount: bigint): string {
  if (typeof amount !== "bigint" || amount <= 0n) {
    throw new HeadwaterError("invalid_argument", "an amount is a bigint of the smallest units, more than 0n");
  }
  return amount.toString();
}
