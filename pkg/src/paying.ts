// Paying an orchestrator while a broadcast runs: what it asks for, whether it is who the chain says, and what it may take.

import { HeadwaterError, describe } from "./errors.js";
import type { Payments } from "./payments.js";
import type { Chain } from "./wallet/chain.js";
import { offer as parse } from "./wasm/headwater_light_node.js";

/** Wei for so many encoded pixels. */
export interface Price {
  readonly wei: number;
  readonly pixels: number;
}

/** What a broadcaster lets an orchestrator take. */
export interface PaymentLimits {
  /** The most that work may cost; default: what the orchestrator asks for when the broadcast starts. */
  readonly maxPrice?: Price;
  /** The most that one ticket may be worth on average, in wei; default: ten seconds of work at `maxPrice`. */
  readonly maxTicket?: bigint;
  /** The most that is paid ahead of the work, in wei, and so can be lost; default: twenty seconds of work at `maxPrice`. */
  readonly maxAhead?: bigint;
}

/** Tickets that were sent. Amounts are in wei. */
export interface PaymentSent {
  readonly tickets: number;
  /** What a winner pays. */
  readonly faceValue: bigint;
  /** How likely each wins, 0 to 1. */
  readonly chance: number;
  /** What they are worth together. */
  readonly value: bigint;
  /** What is paid ahead now; negative: owed. */
  readonly balance: bigint;
}

/** What the orchestrator made of a payment. */
export interface PaymentAnswer {
  readonly accepted: number;
  readonly refused: number;
  /** What the orchestrator says is paid ahead, in wei; negative: owed. */
  readonly wei: bigint;
}

/** What an orchestrator says about its payment, signed by its node's key. */
export interface Offer {
  /** Who is paid: the orchestrator's address on chain. */
  readonly recipient: string;
  readonly chainId: number;
  /** The TicketBroker that its tickets are for. */
  readonly broker: string;
  /** What encoded pixels cost those who have no price of their own. */
  readonly price: Price;
  /** The node key's address, which the ServiceRegistry has to name. */
  readonly node: string;
  /** SHA-256 of the certificate that its connections show: the answer to a broadcast must be of it. */
  readonly certificate: string;
}

/** Everything that a broadcast has paid so far. Amounts are in wei. */
export interface PaymentTotals {
  /** Tickets that were sent, and what they are worth together. */
  readonly tickets: number;
  readonly value: bigint;
  /** Of them, as the orchestrator said. */
  readonly accepted: number;
  readonly refused: number;
  /** What a winner of the newest pays. */
  readonly faceValue: bigint;
  /** How likely each of the newest wins, 0 to 1. */
  readonly chance: number;
  /** What is paid ahead now; negative: owed. */
  readonly ahead: bigint;
}

/** @internal */
export const NOTHING_PAID: PaymentTotals = {
  tickets: 0,
  value: 0n,
  accepted: 0,
  refused: 0,
  faceValue: 0n,
  chance: 0,
  ahead: 0n,
};

/** @internal Adds tickets that were sent. */
export function paid(before: PaymentTotals, sent: PaymentSent): PaymentTotals {
  const { faceValue, chance, balance: ahead } = sent;
  return { ...before, tickets: before.tickets + sent.tickets, value: before.value + sent.value, faceValue, chance, ahead };
}

/** @internal Adds what the orchestrator made of some. */
export function answered(before: PaymentTotals, { accepted, refused, wei: ahead }: PaymentAnswer): PaymentTotals {
  return { ...before, accepted: before.accepted + accepted, refused: before.refused + refused, ahead };
}

/** @internal `Terms` in the light node's `payer.rs`. */
export interface Terms {
  readonly sender: string;
  readonly recipient: string;
  readonly chainId: number;
  readonly broker: string;
  readonly maxPrice: Price;
  readonly maxTicket: string;
  readonly maxAhead: string;
  readonly node: string;
  readonly certificate: string;
  readonly funds: Funds;
}

/** @internal `Wallet` in the light node's `payer.rs`. */
export interface Funds {
  readonly deposit: string;
  readonly reserve: string;
  readonly withdrawRound?: number;
  readonly round: number;
}

/** 720p at 60 pictures a second, whatever is asked for: limits are for what goes wrong, not for what is usual. */
const PIXELS = 1280 * 720 * 60;

/** @internal What the orchestrator asks for; nothing, where its work is free. */
export async function readOffer(orchestrator: string, signal?: AbortSignal): Promise<Offer | undefined> {
  const response = await fetch(`${orchestrator}/offer`, { cache: "no-store", ...(signal ? { signal } : {}) }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw new HeadwaterError("closed", "aborted", signal.reason);
      throw new HeadwaterError("server_unreachable", orchestrator, error);
    },
  );
  // Servers that know nothing of payments have nothing there.
  if (response.status !== 200) return undefined;
  try {
    const offer = parse(await response.text()) as Offer;
    return offer.price.wei > 0 ? offer : undefined;
  } catch (error) {
    throw describe(error);
  }
}

/** @internal What the wallet agrees to: the orchestrator is the one that the chain knows, and the session key may pay it. */
export async function terms(
  offer: Offer,
  chain: Chain,
  payments: Payments,
  limits: PaymentLimits,
  signal?: AbortSignal,
): Promise<Terms> {
  const { network } = chain;
  const broker = network.contracts.TicketBroker ?? "";
  if (offer.chainId !== network.chainId || offer.broker.toLowerCase() !== broker.toLowerCase()) {
    throw new HeadwaterError(
      "wrong_chain",
      `the orchestrator is paid on chain ${offer.chainId} by ${offer.broker}, and this is chain ${network.chainId} with ${broker}`,
    );
  }
  const [[known], status] = await Promise.all([
    chain.read([{ ask: "orchestrator", address: offer.recipient }], signal),
    payments.status(signal),
  ]);
  if (known.uri.split("#")[1]?.toLowerCase() !== offer.node.toLowerCase()) {
    throw new HeadwaterError("node_unverified", `${offer.recipient} says on chain that it is at "${known.uri}"`);
  }
  if (!status.signer.approved) throw new HeadwaterError("signer_unknown");
  if (!status.signer.valid) throw new HeadwaterError("signer_expired");
  const maxPrice = limits.maxPrice ?? offer.price;
  const seconds = (count: number) =>
    (BigInt(PIXELS) * BigInt(count) * BigInt(maxPrice.wei)) / BigInt(maxPrice.pixels) + 1n;
  return {
    sender: status.account,
    recipient: offer.recipient,
    chainId: offer.chainId,
    broker: offer.broker,
    maxPrice,
    maxTicket: (limits.maxTicket ?? seconds(10)).toString(),
    maxAhead: (limits.maxAhead ?? seconds(20)).toString(),
    node: offer.node,
    certificate: offer.certificate,
    funds: fundsOf(status),
  };
}

/** @internal */
export function fundsOf(status: Awaited<ReturnType<Payments["status"]>>): Funds {
  return {
    deposit: status.deposit.toString(),
    reserve: status.reserve.toString(),
    ...(status.withdrawRound === undefined ? {} : { withdrawRound: status.withdrawRound }),
    round: status.round.number,
  };
}
