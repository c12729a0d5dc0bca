// What a wallet is to a page: EIP-1193, by which injected, announced and own ones are all asked.

/** A request in EIP-1193's form. */
export interface ProviderRequest {
  readonly method: string;
  readonly params?: readonly unknown[] | object;
}

/** An EIP-1193 provider: `window.ethereum`, one that EIP-6963 announced, or one's own. */
export interface Provider {
  request(request: ProviderRequest): Promise<unknown>;
  on?(event: string, listener: (detail: never) => void): unknown;
  removeListener?(event: string, listener: (detail: never) => void): unknown;
  /** Whether its key lies open in the page: for play money only. Pages say so. */
  readonly isDeveloper?: boolean;
}

/** Whether `value` can be asked like a wallet. */
export function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && typeof (value as Provider).request === "function";
}

/** A chain id or block number in JSON-RPC's spelling. */
export function quantity(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** The number that a node or wallet wrote as a quantity; wallets also write decimals and plain numbers. */
export function fromQuantity(value: unknown): number | undefined {
  const number =
    typeof value === "string" && /^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Whether `value` is an address, in any case. */
export function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^0x[0-9a-f]{40}$/i.test(value);
}
