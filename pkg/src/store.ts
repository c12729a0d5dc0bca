// What outlives a page load: the session key, and how far a stream's manifests have counted.

import { HeadwaterError } from "./errors.js";
import type { Store } from "./types.js";

const KEY = "headwater.key";

/**
 * The default: this tab's storage, or the site's for what outlives tabs; memory where there is none (sandboxed frames,
 * privacy modes).
 */
export function defaultStore(lasting = false): Store {
  try {
    return (lasting ? globalThis.localStorage : globalThis.sessionStorage) ?? memory();
  } catch {
    return memory();
  }
}

/** The kept session key's secret. */
export async function readKey(store: Store): Promise<Uint8Array | undefined> {
  const hex = await store.getItem(KEY);
  if (hex === null) return undefined;
  const bytes = hex.match(/^([0-9a-f]{2}){32}$/) && hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16));
  if (!bytes) throw new HeadwaterError("invalid_argument", `the store's ${KEY} is not 64 hexadecimal digits`);
  return Uint8Array.from(bytes);
}

/** Keeps it. */
export async function writeKey(store: Store, secret: Uint8Array): Promise<void> {
  await store.setItem(KEY, Array.from(secret, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}

/** The highest sequence that the stream's manifests have had. */
export async function readSequence(store: Store, stream: string): Promise<number> {
  const sequence = Number(await store.getItem(`headwater.sequence.${stream}`));
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0;
}

/** Keeps it. */
export async function writeSequence(store: Store, stream: string, sequence: number): Promise<void> {
  await store.setItem(`headwater.sequence.${stream}`, String(sequence));
}

function memory(): Store {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
  };
}
