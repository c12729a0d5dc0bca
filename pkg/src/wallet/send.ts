// The one way by which a transaction leaves a page: tried first, shown in words, agreed to, sent, and followed.

import { HeadwaterError } from "../errors.js";
import type { Chain } from "./chain.js";
import type { Wallet } from "./connection.js";
import { type Intent, type Words, transaction } from "./core.js";
import { follow } from "./follow.js";
import { quantity } from "./provider.js";

/**
 * Shows the words to the visitor, and says whether they were agreed to: only `true` is a yes. The wallet opens after
 * that.
 */
export type Confirm = (words: Words) => boolean | Promise<boolean>;

/** How far a transaction is. */
export interface Progress {
  /**
   * `checking`: tried on the chain, without sending; `words`: shown to the visitor; `wallet`: shown by the wallet;
   * `sent`; `mined`; `confirmed`, by as many blocks as the network says.
   */
  readonly stage: "checking" | "words" | "wallet" | "sent" | "mined" | "confirmed";
  readonly words: Words;
  /** The transaction's, from `sent` on. */
  readonly hash?: string;
  /** The block's number, from `mined` on; a reorganisation may lead back to `sent`. */
  readonly block?: number;
}

export interface SendOptions {
  /**
   * Ends the waiting when aborted. What the wallet shows has to be closed there, and what was sent stays sent.
   */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A transaction that was confirmed. */
export interface Receipt {
  readonly hash: string;
  readonly block: number;
}

/** @internal What one transaction needs besides. */
export interface Particulars {
  /** What the lock or the account that it names has: for its words. */
  readonly amount?: () => Promise<string>;
  /** Called as soon as the chain may know of it. */
  readonly onSent?: (hash: string) => void | Promise<void>;
}

/** @internal */
export class Sender {
  readonly #chain: Chain;
  readonly #wallet: Wallet | undefined;
  readonly #confirm: Confirm | undefined;
  /** Whose the words are: another account needs another node. */
  readonly #account: string | undefined;

  constructor(chain: Chain, wallet: Wallet | undefined, confirm: Confirm | undefined) {
    this.#chain = chain;
    this.#wallet = wallet;
    this.#confirm = confirm;
    this.#account = wallet?.account;
  }

  /** The account that it sends for. */
  get account(): string {
    if (this.#account === undefined) throw new HeadwaterError("no_wallet");
    return this.#account;
  }

  /** Resolves when the transaction is confirmed. Rejects when it was not sent, or when it was and failed. */
  async send(
    intent: Intent,
    { signal, onProgress }: SendOptions = {},
    { amount, onSent }: Particulars = {},
  ): Promise<Receipt> {
    const wallet = this.#wallet;
    const from = this.account;
    if (!wallet) throw new HeadwaterError("no_wallet");
    if (!this.#confirm) {
      throw new HeadwaterError("unconfirmed", "LightNode.create() was given no confirm option to show words by");
    }
    await wallet.switchTo(this.#chain.network, signal);
    this.#still(wallet);
    const [[rounds], about] = await Promise.all([this.#chain.read([{ ask: "rounds" }], signal), amount?.()]);
    const context = { ...rounds, account: from, ...(about === undefined ? {} : { amount: about }) };
    const { words, to, data, value } = transaction(this.#chain.network, intent, context);
    const tell = (progress: Omit<Progress, "words">) => onProgress?.({ ...progress, words });
    tell({ stage: "checking" });
    const call = { from, to, data, value: quantity(BigInt(value)) };
    await this.#chain.ask([{ method: "eth_call", params: [call, "latest"] }], signal);
    tell({ stage: "words" });
    if ((await this.#confirm(words)) !== true) throw new HeadwaterError("unconfirmed");
    if (signal?.aborted) throw new HeadwaterError("closed", "aborted", signal.reason);
    // Reading the words took its time: the wallet may have been put on another chain, or another account.
    await wallet.switchTo(this.#chain.network, signal);
    this.#still(wallet);
    tell({ stage: "wallet" });
    const hash = await wallet.request("eth_sendTransaction", [call], signal);
    if (typeof hash !== "string" || !/^0x[0-9a-f]{64}$/i.test(hash)) {
      throw new HeadwaterError("internal", "the wallet answered without a transaction's hash");
    }
    await onSent?.(hash);
    tell({ stage: "sent", hash });
    const block = await follow(this.#chain, { hash, from }, tell, signal);
    return { hash, block };
  }

  #still(wallet: Wallet): void {
    if (wallet.account === this.#account) return;
    throw new HeadwaterError(wallet.account === undefined ? "wallet_locked" : "account_changed");
  }
}
