// What Rust knows of the contracts, typed: intents to transactions and words, queries to calls and answers. JSON spells
// amounts and rounds as decimal strings.

import * as wasm from "../wasm/headwater_light_node.js";
import { type Code } from "../codes.js";
import { HeadwaterError, describe, isCode } from "../errors.js";
import { isLoaded } from "../loader.js";
import type { KnownNetwork } from "./network.js";

/** What a transaction does, in words that say all that is in it: for a page to show before the wallet opens. */
export interface Words {
  readonly title: string;
  readonly sentences: readonly string[];
  /** What to look at twice. */
  readonly warns: readonly string[];
}

/** @internal One transaction's purpose. */
export type Intent =
  | { readonly do: "fund"; readonly deposit: string; readonly reserve: string }
  | { readonly do: "unlock" | "cancelUnlock" | "withdraw" }
  | { readonly do: "setReserveRecipients"; readonly recipients: readonly string[] }
  | ({ readonly do: "approveSigner" } & Approval)
  | { readonly do: "revokeSigner"; readonly nonce: string }
  | { readonly do: "approveTokens" | "unbond"; readonly amount: string }
  | { readonly do: "bond" | "transferBond"; readonly amount: string; readonly to: string }
  | { readonly do: "rebond" | "withdrawStake"; readonly lock: string }
  | { readonly do: "rebondFromUnbonded"; readonly to: string; readonly lock: string }
  | { readonly do: "withdrawFees"; readonly to: string; readonly amount: string }
  | { readonly do: "claimEarnings"; readonly round: string };

/** @internal */
export interface Approval {
  readonly sender: string;
  readonly signer: string;
  readonly maxDepositSpend: string;
  readonly validUntilRound: string;
  readonly anyRecipient: boolean;
  readonly nonce: string;
}

/** @internal */
export interface Answers {
  rounds: {
    readonly round: string;
    readonly initialized: boolean;
    readonly lastInitialized: string;
    readonly startBlock: string;
    readonly length: string;
    readonly block: string;
    readonly locked: boolean;
    readonly unlockPeriod: string;
    readonly unbondingPeriod: string;
  };
  sender: {
    readonly deposit: string;
    readonly withdrawRound: string;
    readonly reserve: string;
    readonly unlocking: boolean;
    readonly reserveRecipients: readonly string[];
  };
  signer: {
    readonly approved: boolean;
    readonly depositLeft: string;
    readonly validUntilRound: string;
    readonly voidFromRound: string;
    readonly anyRecipient: boolean;
  };
  token: { readonly balance: string; readonly allowance: string };
  delegator: {
    readonly bonded: string;
    readonly delegate: string;
    readonly startRound: string;
    readonly nextLock: string;
    readonly status: string;
    readonly pendingStake: string;
    readonly pendingFees: string;
    readonly registered: boolean;
  };
  locks: {
    readonly locks: readonly { readonly lock: string; readonly amount: string; readonly withdrawRound: string }[];
  };
  pool: { readonly size: string; readonly first: string; readonly activeStake: string; readonly totalBonded: string };
  orchestrators: { readonly orchestrators: readonly string[] };
  orchestrator: {
    readonly address: string;
    readonly stake: string;
    readonly registered: boolean;
    readonly active: boolean;
    readonly lastRewardRound: string;
    readonly rewardCut: string;
    readonly feeShare: string;
    readonly uri: string;
    readonly next: string;
  };
}

/** @internal */
export type Query =
  | { readonly ask: "rounds" | "pool" }
  | { readonly ask: "sender" | "token" | "delegator" | "orchestrator" | "orchestrators"; readonly address: string }
  | { readonly ask: "signer"; readonly address: string; readonly signer: string }
  | { readonly ask: "locks"; readonly address: string; readonly from: number; readonly until: number };

/** @internal */
export type Answered<Q extends Query> = Answers[Q["ask"]];

/** @internal A transaction's bytes, and all that stands in them. */
export interface Prepared {
  readonly to: string;
  readonly data: string;
  /** In wei. */
  readonly value: string;
  readonly words: Words;
}

/** @internal `context`: the answer to `rounds`, and whose the transaction is, by which words name dates and oneself. */
export function transaction(network: KnownNetwork, intent: Intent, context: object): Prepared {
  return coded(() => wasm.transaction(network, intent, context) as Prepared);
}

/** @internal */
export function query(network: KnownNetwork, question: Query): { to?: string; data: string }[] {
  return coded(() => wasm.query(network, question) as { to?: string; data: string }[]);
}

/** @internal */
export function answer<Q extends Query>(network: KnownNetwork, question: Q, results: string[]): Answered<Q> {
  return coded(() => wasm.answer(network, question, results) as Answered<Q>);
}

/** @internal Why a contract refused, of what it reverted with. */
export function refusal(data: string): { code: Code; message: string } {
  const { code, message } = coded(() => wasm.refusal(data) as { code: string; message: string });
  return { code: isCode(code) ? code : "reverted", message };
}

/** @internal A secret key's address, `0x…`. */
export function addressOf(secret: Uint8Array): string {
  return coded(() => wasm.developerAddress(secret));
}

function coded<T>(work: () => T): T {
  if (!isLoaded()) throw new HeadwaterError("not_initialised");
  try {
    return work();
  } catch (error) {
    throw describe(error);
  }
}
