// What wallets' and nodes' errors mean, by code: EIP-1193 and EIP-1474, and the words where there is none.

import type { Code } from "../codes.js";
import { HeadwaterError } from "../errors.js";

const CODES: ReadonlyMap<number, Code> = new Map<number, Code>([
  [4001, "wallet_rejected"],
  [4100, "wallet_locked"],
  [4200, "wallet_unsupported"],
  [4900, "wallet_disconnected"],
  [4901, "wallet_disconnected"],
  [4902, "wrong_chain"],
  [-32002, "wallet_busy"],
  [-32004, "wallet_unsupported"],
  [-32005, "chain_unreachable"],
  [-32601, "wallet_unsupported"],
]);
const WORDS: readonly (readonly [RegExp, Code])[] = [
  [/user (rejected|denied|cancell?ed)|rejected by (the )?user/i, "wallet_rejected"],
  [/insufficient funds/i, "insufficient_funds"],
  [/failed to fetch|timed? ?out|too many requests|rate limit/i, "chain_unreachable"],
];
/** Wallets wrap a node's error in their own, and libraries that again. */
const DEEPEST = 5;
/** As part of a sentence; nodes' words may be a whole dump. */
const MOST_WORDS = 200;

interface Thrown {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
  readonly cause?: unknown;
  readonly error?: unknown;
  readonly originalError?: unknown;
}

/** The error and what it wraps, outermost first. */
function layers(error: unknown): Thrown[] {
  const found: Thrown[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.length < DEEPEST) {
    const next = queue.shift();
    if (typeof next !== "object" || next === null || found.includes(next)) continue;
    const layer = next as Thrown;
    found.push(layer);
    queue.push(layer.data, layer.originalError, layer.cause, layer.error);
  }
  return found;
}

/** What a contract answered as it reverted, as `0x…`; wallets put it in different places. */
export function revertData(error: unknown): string | undefined {
  for (const layer of layers(error)) {
    for (const data of [layer.data, layer.message]) {
      const hex = typeof data === "string" ? /0x(?:[0-9a-f]{2}){4,4096}(?![0-9a-f])/i.exec(data)?.[0] : undefined;
      if (hex !== undefined && (data === hex || /revert/i.test(String(data)))) return hex;
    }
  }
  return undefined;
}

/** Whether the wallet does not know the chain that it was asked to switch to. */
export function isUnknownChain(error: unknown): boolean {
  return layers(error).some(({ code, message }) => code === 4902 || /unrecognized chain/i.test(String(message ?? "")));
}

/** Anything that a wallet or node threw as a {@link HeadwaterError}. */
export function walletFailure(error: unknown): HeadwaterError {
  if (error instanceof HeadwaterError) return error;
  const found = layers(error);
  const words = typeof error === "string" ? error : String(found.find(({ message }) => message)?.message ?? "");
  const detail = words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
  for (const { code } of found) {
    const meaning = typeof code === "number" ? CODES.get(code) : undefined;
    if (meaning !== undefined) return new HeadwaterError(meaning, detail, error);
  }
  for (const [pattern, code] of WORDS) if (pattern.test(words)) return new HeadwaterError(code, detail, error);
  if (/revert/i.test(words) || revertData(error)) return new HeadwaterError("reverted", detail, error);
  if (found.some(({ code }) => code === 3)) return new HeadwaterError("reverted", detail, error);
  return new HeadwaterError("internal", detail || "the wallet failed without a word", error);
}
