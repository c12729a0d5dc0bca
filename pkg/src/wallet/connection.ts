// One wallet: its account and chain as they change, and what waits for an answer in it.

import { HeadwaterError } from "../errors.js";
import { Emitter } from "../events.js";
import { isUnknownChain, walletFailure } from "./failure.js";
import type { KnownNetwork } from "./network.js";
import { unlessAborted } from "./patience.js";
import { type Provider, fromQuantity, isAddress, quantity } from "./provider.js";

/** What the wallet shows its owner: for the page to say so, since the wallet may be behind another window. */
export interface Pending {
  readonly what: "connect" | "switch" | "send" | "sign";
  /** When it was asked, as `Date.now()` says. */
  readonly since: number;
}

export interface WalletEvents {
  /** The chosen account; null: none any more. */
  account: string | null;
  /** The chain that the wallet is on now. */
  chain: number;
  /** It asks its owner something; null: no longer. */
  pending: Pending | null;
  disconnect: HeadwaterError;
}

const PENDING: Readonly<Record<string, Pending["what"]>> = {
  eth_requestAccounts: "connect",
  wallet_switchEthereumChain: "switch",
  wallet_addEthereumChain: "switch",
  eth_sendTransaction: "send",
  eth_signTypedData_v4: "sign",
};

/** A connection to a wallet. */
export class Wallet extends Emitter<WalletEvents> {
  readonly #provider: Provider;
  #account: string | undefined;
  #chain: number | undefined;
  #pending: Pending | undefined;
  readonly #accounts = (accounts: unknown) => this.#choose(accounts);
  readonly #chained = (chain: unknown) => this.#settle(chain);
  readonly #lost = (error: unknown) => {
    this.tell("disconnect", new HeadwaterError("wallet_disconnected", walletFailure(error).detail, error));
  };

  constructor(provider: Provider) {
    super();
    this.#provider = provider;
    provider.on?.("accountsChanged", this.#accounts);
    provider.on?.("chainChanged", this.#chained);
    provider.on?.("disconnect", this.#lost);
  }

  /** The account, in lower case; nothing until it is connected. */
  get account(): string | undefined {
    return this.#account;
  }

  get chainId(): number | undefined {
    return this.#chain;
  }

  /** What it is showing its owner. */
  get pending(): Pending | undefined {
    return this.#pending;
  }

  /** Whether its key lies open in the page, and so is for play money only. */
  get isDeveloper(): boolean {
    return this.#provider.isDeveloper === true;
  }

  /**
   * Gets an account: the one that this page was allowed before, else the wallet asks its owner, which is done only
   * where `ask` is not false. Rejects with `wallet_rejected`, `wallet_locked`, `wallet_busy`.
   */
  async connect({ signal, ask = true }: { signal?: AbortSignal; ask?: boolean } = {}): Promise<string> {
    this.#choose(await this.request("eth_accounts", [], signal));
    if (this.#account === undefined && ask) {
      this.#choose(await this.request("eth_requestAccounts", [], signal));
    }
    if (this.#account === undefined) throw new HeadwaterError("wallet_locked");
    this.#settle(await this.request("eth_chainId", [], signal));
    return this.#account;
  }

  /** Brings the wallet to the network's chain, which it is told of if it does not know it. */
  async switchTo(network: KnownNetwork, signal?: AbortSignal): Promise<void> {
    const wanted = async () => {
      this.#settle(await this.request("eth_chainId", [], signal));
      return this.#chain === network.chainId;
    };
    if (await wanted()) return;
    const chainId = quantity(network.chainId);
    try {
      await this.request("wallet_switchEthereumChain", [{ chainId }], signal);
    } catch (error) {
      if (!isUnknownChain(error)) throw elsewhere(error, network);
      await this.#add(network, chainId, signal);
    }
    // Having added a chain, wallets may or may not be on it.
    if (await wanted()) return;
    await this.request("wallet_switchEthereumChain", [{ chainId }], signal).catch((error: unknown) => {
      throw elsewhere(error, network);
    });
    if (!(await wanted())) throw wrong(network);
  }

  async #add(network: KnownNetwork, chainId: string, signal?: AbortSignal): Promise<void> {
    if (network.rpc === undefined) throw wrong(network);
    const chain = {
      chainId,
      chainName: network.name,
      rpcUrls: [network.rpc],
      nativeCurrency: { name: network.currency, symbol: network.currency, decimals: 18 },
    };
    await this.request("wallet_addEthereumChain", [chain], signal).catch((error: unknown) => {
      throw elsewhere(error, network);
    });
  }

  /** Asks the wallet; its errors come as HeadwaterErrors. What it shows its owner stays there when `signal` is aborted. */
  async request(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const what = PENDING[method];
    const own = what && { what, since: Date.now() };
    if (own) this.#wait(own);
    try {
      return await unlessAborted(signal, () => this.#provider.request({ method, params }));
    } catch (error) {
      throw walletFailure(error);
    } finally {
      if (own && this.#pending === own) this.#wait(undefined);
    }
  }

  /** Hears no more of it. Nothing is revoked: that is done in the wallet. */
  stop(): void {
    this.#provider.removeListener?.("accountsChanged", this.#accounts);
    this.#provider.removeListener?.("chainChanged", this.#chained);
    this.#provider.removeListener?.("disconnect", this.#lost);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #choose(accounts: unknown): void {
    const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined;
    const account = isAddress(first) ? first.toLowerCase() : undefined;
    if (account === this.#account) return;
    this.#account = account;
    this.tell("account", account ?? null);
  }

  #settle(chain: unknown): void {
    const id = fromQuantity(chain);
    if (id === undefined || id === this.#chain) return;
    this.#chain = id;
    this.tell("chain", id);
  }

  #wait(pending: Pending | undefined): void {
    this.#pending = pending;
    this.tell("pending", pending ?? null);
  }
}

/** A refusal to switch: what the owner decided stays that, anything else means the wrong chain. */
function elsewhere(error: unknown, network: KnownNetwork): HeadwaterError {
  const failure = walletFailure(error);
  const known = ["wallet_rejected", "wallet_busy", "wallet_locked", "closed"].includes(failure.code);
  return known ? failure : wrong(network, failure);
}

function wrong(network: KnownNetwork, cause?: unknown): HeadwaterError {
  return new HeadwaterError("wrong_chain", `this network is ${network.name}, chain ${network.chainId}`, cause);
}
