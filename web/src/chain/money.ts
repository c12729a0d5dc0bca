// Amounts and spans of rounds, as people read them.

import { formatUnits, parseUnits } from "@headwater/light-node";

/** Decimals that are worth reading in a figure. */
const READ = 4;
/** Smaller amounts are told by their first digits, down to here. */
const LEAST = 9;

/** An amount of 10^-18 units for a figure: cut, never rounded up. `"1 204.5"`, `"0.0000012"`, `"< 0.000000001"`. */
export function figure(amount: bigint): string {
  const [whole = "0", rest = ""] = formatUnits(amount).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const zeros = /^0*/.exec(rest)?.[0].length ?? 0;
  if (whole === "0" && zeros >= READ && rest !== "") {
    return zeros < LEAST ? `0.${rest.slice(0, Math.min(zeros + 2, LEAST)).replace(/0+$/, "")}` : "< 0.000000001";
  }
  const shown = rest.slice(0, READ).replace(/0+$/, "");
  return shown === "" ? grouped : `${grouped}.${shown}`;
}

/** With its unit. */
export function money(amount: bigint, unit: string): string {
  return `${figure(amount)} ${unit}`;
}

/** What is wrong with an amount that somebody typed, or the amount. */
export function readAmount(text: string, most?: bigint): { amount: bigint } | { objection: string } {
  if (text.trim() === "") return { objection: "Enter an amount." };
  const amount = parseUnits(text);
  if (amount === undefined) return { objection: "That is no amount: digits, a point, and 18 decimals at most." };
  if (most !== undefined && amount > most) return { objection: `That is more than the ${figure(most)} there are.` };
  return { amount };
}

/** Parts of a whole as per cent: `"12.5 %"`. */
export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** How long so many seconds are, roughly: `"about 12 min"`. */
export function about(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `about ${Math.round(seconds / 3600)} h`;
  return `about ${Math.round(seconds / 86_400)} days`;
}
