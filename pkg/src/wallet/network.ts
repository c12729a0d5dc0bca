// Which chain, and where the contracts lie on it.

import { HeadwaterError } from "../errors.js";
import { isAddress } from "./provider.js";

/** A network, as `cargo xtask deploy` writes its file. */
export interface Network {
  readonly chainId: number;
  /** For people; default: by the chain's id. */
  readonly name?: string;
  /** Addresses by the contracts' names: `TicketBroker`, `BondingManager`, … */
  readonly contracts: Readonly<Record<string, string>>;
  /** Where the chain can be asked over HTTP; without one, everything is read through the wallet. */
  readonly rpc?: string;
  /** How many blocks make a transaction confirmed; default 2. */
  readonly confirmations?: number;
  /** What its own currency is called; default ETH. */
  readonly currency?: string;
  /** What the staking token is called; default HWT. */
  readonly token?: string;
  /** On networks for play money: a key with some of it, for {@link developerWallet}. */
  readonly developerKey?: string;
}

/** With every default filled in. */
export interface KnownNetwork extends Network {
  readonly name: string;
  readonly confirmations: number;
  readonly currency: string;
  readonly token: string;
}

/** Anvil's and Hardhat's. */
const LOCAL = 31337;
/** A transaction's own block and one upon it, which leaves out most reorganisations of one block. */
const CONFIRMATIONS = 2;

/** What payments and stake need; the token under the name that Livepeer's has. */
const NEEDED = ["TicketBroker", "BondingManager", "RoundsManager", "LivepeerToken"];
/** As part of a sentence. */
const MOST_NAME = 48;

/** Reads `network`: the object itself, or the file at a URL. */
export async function readNetwork(network: Network | string | URL, signal?: AbortSignal): Promise<KnownNetwork> {
  if (typeof network !== "string" && !(network instanceof URL)) return known(network);
  let file: unknown;
  try {
    const url = new URL(network, globalThis.location?.href);
    const response = await fetch(url, { cache: "no-cache", ...(signal ? { signal } : {}) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    file = await response.json();
  } catch (error) {
    if (signal?.aborted) throw new HeadwaterError("closed", "aborted", error);
    throw new HeadwaterError("no_network", `${network}: ${error instanceof Error ? error.message : error}`, error);
  }
  return known(file as Network);
}

function known(network: Network): KnownNetwork {
  const { chainId, name, contracts, rpc, confirmations, currency, token, developerKey } = network ?? {};
  if (!Number.isSafeInteger(chainId) || chainId < 1) throw unfit("chainId is no chain's number");
  for (const contract of NEEDED) {
    if (!isAddress(contracts?.[contract])) throw unfit(`contracts.${contract} is no address`);
  }
  if (rpc !== undefined && !/^https?:$/.test(protocol(rpc))) throw unfit("rpc is no http URL");
  if (developerKey !== undefined && chainId !== LOCAL) throw unfit("a developerKey is for local test networks only");
  return {
    chainId,
    name: text(name) ?? (chainId === LOCAL ? "Local test network" : `Chain ${chainId}`),
    contracts,
    confirmations: Number.isSafeInteger(confirmations) && confirmations! > 0 ? confirmations! : CONFIRMATIONS,
    currency: text(currency) ?? "ETH",
    token: text(token) ?? "HWT",
    ...(rpc === undefined ? {} : { rpc }),
    ...(developerKey === undefined ? {} : { developerKey }),
  };
}

function text(name: unknown): string | undefined {
  return typeof name === "string" && name !== "" ? name.slice(0, MOST_NAME) : undefined;
}

function protocol(url: unknown): string {
  try {
    return new URL(String(url)).protocol;
  } catch {
    return "";
  }
}

function unfit(detail: string): HeadwaterError {
  return new HeadwaterError("no_network", detail);
}
