// Amounts between people and contracts: ETH and tokens have 18 decimals, and no number of JavaScript holds them all.

const DECIMALS = 18;

/** `"0.5"` as 10^-18 units; nothing for what is no plain decimal, or has more decimals than there are. */
export function parseUnits(text: string): bigint | undefined {
  const [, whole, rest = ""] = /^(\d{1,30})(?:[.,](\d{1,18}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? undefined : BigInt(whole + rest.padEnd(DECIMALS, "0"));
}

/** Exactly, without zeros at the end: `"0.5"`. */
export function formatUnits(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS + 1, "0");
  const rest = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${digits.slice(0, -DECIMALS)}${rest && `.${rest}`}`;
}
