// A broadcaster's funds on chain, and the session key that it lets pay from them.

import { HeadwaterError } from "./errors.js";
import type { Chain } from "./wallet/chain.js";
import { isAddress } from "./wallet/provider.js";
import { type Round, round } from "./wallet/round.js";
import type { Receipt, SendOptions, Sender } from "./wallet/send.js";

/** The session key's leave to pay. */
export interface SignerStatus {
  readonly address: string;
  /** Whether it was ever approved; a key is approved once. */
  readonly approved: boolean;
  /** Whether tickets that it signs in this round count. */
  readonly valid: boolean;
  /** What its tickets may still take from the deposit, in wei. */
  readonly depositLeft: bigint;
  /** The last round whose tickets it may sign. */
  readonly validUntilRound: number;
  /** The first round whose tickets are void, once it is revoked. */
  readonly voidFromRound?: number;
  /** Whether it may pay others than registered orchestrators. */
  readonly anyRecipient: boolean;
  /** Whether it will still be there after a reload. */
  readonly kept: boolean;
}

/** Everything about an account's payments at one time. Amounts are in wei. */
export interface PaymentsStatus {
  readonly account: string;
  /** What the account itself has. */
  readonly balance: bigint;
  readonly deposit: bigint;
  readonly reserve: bigint;
  /** Among whom the reserve is divided by name; none: all active orchestrators. */
  readonly reserveRecipients: readonly string[];
  /** The round from which on all can be withdrawn, while unlocking. */
  readonly withdrawRound?: number;
  readonly signer: SignerStatus;
  readonly round: Round;
}

export interface ApproveRequest {
  /** The most that the key's tickets may take from the deposit, in wei. */
  readonly cap: bigint;
  /** For how many rounds after this one. */
  readonly rounds: number;
  /** Default false: registered orchestrators only. */
  readonly anyRecipient?: boolean;
}

/** @internal The node's session key, as payments need it. */
export interface SessionKeys {
  readonly address: string;
  readonly kept: boolean;
  /** Another key, which is not the node's until it is `take`n. */
  make(): { readonly address: string; take(): Promise<void> };
}

/** `node.payments`. Whatever sends a transaction shows its words by `confirm` first, and resolves once it is confirmed. */
export class Payments {
  readonly #chain: Chain;
  readonly #sender: Sender;
  readonly #keys: SessionKeys;

  /** @internal */
  constructor(chain: Chain, sender: Sender, keys: SessionKeys) {
    this.#chain = chain;
    this.#sender = sender;
    this.#keys = keys;
  }

  /** Adds to deposit and reserve, in wei, and ends an unlocking. */
  deposit(funds: { readonly deposit?: bigint; readonly reserve?: bigint }, options?: SendOptions): Promise<Receipt> {
    const { deposit = 0n, reserve = 0n } = funds;
    return this.#sender.send({ do: "fund", deposit: wei(deposit), reserve: wei(reserve) }, options);
  }

  /** Divides the reserve among these orchestrators, 8 at most; none: among all active ones. */
  setReserveRecipients(recipients: readonly string[], options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "setReserveRecipients", recipients }, options);
  }

  /** Begins to free deposit and reserve, which takes some rounds. */
  unlock(options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "unlock" }, options);
  }

  cancelUnlock(options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "cancelUnlock" }, options);
  }

  /** Takes out deposit and reserve, once they are free. */
  withdraw(options?: SendOptions): Promise<Receipt> {
    const amount = async () => {
      const [{ deposit, reserve }] = await this.#chain.read([{ ask: "sender", address: this.#sender.account }]);
      return (BigInt(deposit) + BigInt(reserve)).toString();
    };
    return this.#sender.send({ do: "withdraw" }, options, { amount });
  }

  /**
   * Lets the session key pay, up to `cap` and for so many `rounds`. A key that was approved before makes room for a new
   * one, whose streams have another address; revoke the old one first if it should not go on.
   */
  async approve({ cap, rounds, anyRecipient = false }: ApproveRequest, options?: SendOptions): Promise<Receipt> {
    if (!Number.isSafeInteger(rounds) || rounds < 1) {
      throw new HeadwaterError("invalid_argument", "rounds is a whole number, 1 or more");
    }
    const { round: now, signer } = await this.status(options?.signal);
    const fresh = signer.approved ? this.#keys.make() : undefined;
    const key = fresh?.address ?? signer.address;
    const approval = {
      sender: this.#sender.account,
      signer: key,
      maxDepositSpend: wei(cap),
      validUntilRound: String(now.number + rounds),
      anyRecipient,
      nonce: nonceOf(key),
    };
    // From here on the chain may know of it: a key that is lost after that is one that nobody can use.
    const onSent = () => fresh?.take();
    return this.#sender.send({ do: "approveSigner", ...approval }, options, { onSent });
  }

  /** Takes the session key's leave back: its tickets of later rounds are void once the unlock period is over. */
  revoke(options?: SendOptions): Promise<Receipt> {
    return this.#sender.send({ do: "revokeSigner", nonce: nonceOf(this.#keys.address) }, options);
  }

  /** What the chain says now. */
  async status(signal?: AbortSignal): Promise<PaymentsStatus> {
    const account = this.#sender.account;
    const key = this.#keys.address;
    const [[rounds, sender, signer], [balance]] = await Promise.all([
      this.#chain.read(
        [{ ask: "rounds" }, { ask: "sender", address: account }, { ask: "signer", address: account, signer: key }],
        signal,
      ),
      this.#chain.ask([{ method: "eth_getBalance", params: [account, "latest"] }], signal),
    ]);
    const now = round(rounds);
    const voidFrom = Number(signer.voidFromRound);
    const until = Number(signer.validUntilRound);
    const inTime = now.number <= until && (voidFrom === 0 || now.number < voidFrom);
    return {
      account,
      balance: BigInt(String(balance)),
      deposit: BigInt(sender.deposit),
      reserve: BigInt(sender.reserve),
      reserveRecipients: sender.reserveRecipients.filter(isAddress),
      ...(sender.unlocking ? { withdrawRound: Number(sender.withdrawRound) } : {}),
      signer: {
        address: key,
        approved: signer.approved,
        valid: signer.approved && inTime,
        depositLeft: BigInt(signer.depositLeft),
        validUntilRound: until,
        ...(voidFrom === 0 ? {} : { voidFromRound: voidFrom }),
        anyRecipient: signer.anyRecipient,
        kept: this.#keys.kept,
      },
      round: now,
    };
  }
}

/**
 * A key has one approval of each sender, ever, and its address names it: so the nonce need not be kept anywhere. Its last
 * digits are enough, since a sender has few keys and the contract refuses one that was used; and people can read them.
 */
function nonceOf(signer: string): string {
  return BigInt(`0x${signer.slice(-8)}`).toString();
}

function wei(amount: bigint): string {
  if (typeof amount !== "bigint" || amount < 0n) {
    throw new HeadwaterError("invalid_argument", "an amount is a bigint of wei, 0n or more");
  }
  return amount.toString();
}
