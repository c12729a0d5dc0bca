// What a broadcast costs and whether it can be paid, in words.

import type { PaymentTotals, PaymentsStatus, Price } from "@headwater/light-node";

import { money } from "../chain/money.ts";
import { CHOICES } from "./ladder.ts";

/** Pictures a second of the page's renditions. */
const RATE = 30;
const HOUR = 3600;

/** What an hour of these renditions costs, in wei. */
export function hourly(price: Price, ladder: ReadonlySet<string>): bigint {
  const chosen = CHOICES.filter(({ preset }) => ladder.has(preset));
  const pixels = chosen.reduce((sum, { width, height }) => sum + width * height * RATE * HOUR, 0);
  return (BigInt(pixels) * BigInt(price.wei)) / BigInt(price.pixels);
}

/** The same in words. */
export function wage(price: Price, ladder: ReadonlySet<string>, unit: string): string {
  const cost = hourly(price, ladder);
  return cost === 0n
    ? "Without renditions there is nothing to pay: viewers see the source."
    : `These renditions cost ${money(cost, unit)} an hour, paid by the second.`;
}

/** Whether the wallet's funds and its session key can pay, and what they are. */
export function standing(
  { deposit, reserve, withdrawRound, signer, round }: PaymentsStatus,
  unit: string,
): { readonly ready: boolean; readonly words: string } {
  const not = (words: string) => ({ ready: false, words });
  if (deposit === 0n) return not("Nothing is paid in yet: tickets are paid from a deposit.");
  if (reserve === 0n) return not("There is no reserve yet: orchestrators take no tickets without one.");
  if (withdrawRound !== undefined) return not("Your funds are being unlocked: orchestrators take no tickets then.");
  if (!signer.approved) return not("The session key of this page may not pay yet: approve it once.");
  if (!signer.valid) return not("The session key of this page may pay no longer: approve a new one.");
  const can = deposit < signer.depositLeft ? deposit : signer.depositLeft;
  if (can === 0n) return not("The session key has spent all that it may: approve a new one.");
  const rounds = signer.validUntilRound - round.number;
  const until = rounds > 0 ? `the next ${rounds} rounds` : "this round";
  return { ready: true, words: `It may take ${money(can, unit)} of your deposit, in ${until}.` };
}

/** What a ticket of now is. */
export function ticketWords({ faceValue, chance, ahead, refused }: PaymentTotals, unit: string): string {
  if (chance <= 0) return "";
  const odds = chance >= 1 ? "each wins" : `one in ${Math.round(1 / chance)} wins`;
  const gone = refused > 0 ? ` ${refused} were refused.` : "";
  const balance = ahead < 0n ? `You owe ${money(-ahead, unit)}.` : `Paid ahead: ${money(ahead, unit)}.`;
  return `Of these tickets ${odds} ${money(faceValue, unit)}. ${balance}${gone}`;
}
