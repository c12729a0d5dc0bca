// A node's place on chain: the network, the wallet, and that wallet's session key.

import { HeadwaterError } from "../errors.js";
import { type Offer, type PaymentLimits, type Terms, terms } from "../paying.js";
import { Payments, type SessionKeys } from "../payments.js";
import { Stake } from "../stake.js";
import type { CreateOptions } from "../types.js";
import { Chain } from "./chain.js";
import { Wallet } from "./connection.js";
import { type KnownNetwork, readNetwork } from "./network.js";
import { Sender } from "./send.js";
import { type Kept, type Scope, replaceSessionKey, sessionKey } from "./vault.js";
import { addressOf } from "./core.js";

/** @internal */
export class Account {
  readonly network: KnownNetwork;
  readonly wallet: Wallet | undefined;
  readonly stake: Stake;
  readonly #chain: Chain;
  readonly #sender: Sender;
  /** Whether the wallet's connection was made here, and so ends here. */
  readonly #ours: boolean;
  readonly #make: () => Uint8Array;
  #key: Kept | undefined;
  #take: (secret: Uint8Array) => void = () => {};

  private constructor(
    network: KnownNetwork,
    options: CreateOptions,
    wallet: Wallet | undefined,
    key: Kept | undefined,
    make: () => Uint8Array,
  ) {
    this.network = network;
    this.wallet = wallet;
    this.#ours = wallet !== undefined && wallet !== options.wallet;
    this.#chain = new Chain(network, wallet);
    this.#sender = new Sender(this.#chain, wallet, options.confirm);
    this.stake = new Stake(this.#chain, this.#sender);
    this.#key = key;
    this.#make = make;
  }

  /** Nothing, where no network is named. `make` makes a session key. */
  static async open(options: CreateOptions, make: () => Uint8Array): Promise<Account | undefined> {
    if (options.network === undefined) {
      if (options.wallet !== undefined) throw new HeadwaterError("no_network", "a wallet needs the network option");
      return undefined;
    }
    const network = await readNetwork(options.network);
    if (options.wallet === undefined) return new Account(network, options, undefined, undefined, make);
    const wallet = options.wallet instanceof Wallet ? options.wallet : new Wallet(options.wallet);
    try {
      const account = await wallet.connect();
      const key = options.key === undefined ? await sessionKey(scope(network, account), make) : undefined;
      return new Account(network, options, wallet, key, make);
    } catch (error) {
      if (wallet !== options.wallet) wallet.stop();
      throw error;
    }
  }

  /** The wallet's session key, if the page did not bring its own. */
  get secret(): Uint8Array | undefined {
    return this.#key?.secret;
  }

  /** Calls `take` with the session key that takes this one's place. */
  onKey(take: (secret: Uint8Array) => void): void {
    this.#take = take;
  }

  /** `address`: the node's session key's, now. */
  payments(address: () => string): Payments {
    const own = () => this.#key?.kept ?? false;
    const keys: SessionKeys = {
      get address() {
        return address();
      },
      get kept() {
        return own();
      },
      make: () => this.#another(),
    };
    return new Payments(this.#chain, this.#sender, keys);
  }

  /** What a broadcast pays its orchestrator by. */
  terms(offer: Offer, payments: Payments, limits: PaymentLimits, signal?: AbortSignal): Promise<Terms> {
    return terms(offer, this.#chain, payments, limits, signal);
  }

  stop(): void {
    if (this.#ours) this.wallet?.stop();
  }

  #another(): { readonly address: string; take(): Promise<void> } {
    if (this.#key === undefined) {
      throw new HeadwaterError("invalid_argument", "the session key that the page brought was approved before: bring another");
    }
    const secret = this.#make();
    return {
      address: addressOf(secret),
      take: async () => {
        const kept = await replaceSessionKey(scope(this.network, this.#sender.account), secret);
        this.#key = { secret, kept };
        this.#take(secret);
      },
    };
  }
}

function scope(network: KnownNetwork, wallet: string): Scope {
  return { chainId: network.chainId, broker: network.contracts.TicketBroker ?? "", wallet };
}
