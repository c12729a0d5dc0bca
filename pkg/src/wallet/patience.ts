// Waiting: until a time, until a signal, and longer after each failure.

import { HeadwaterError } from "../errors.js";

/** How waiting is done; tests hand in their own. @internal */
export interface Patience {
  /** Resolves after `ms`; rejects when `signal` is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1: spreads retries of many pages. */
  random(): number;
}

/** @internal The browser's. */
export const patience: Patience = {
  wait: (ms, signal) =>
    unlessAborted(signal, () => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
      signal?.addEventListener("abort", () => clearTimeout(timer), { once: true });
      return over;
    }),
  random: Math.random,
};

/** What `work` brings, or `closed` as soon as `signal` is aborted; the work itself may go on unheard. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  const closed = () => new HeadwaterError("closed", "aborted", signal.reason);
  if (signal.aborted) throw closed();
  let end: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(closed());
    signal.addEventListener("abort", end, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    if (end) signal.removeEventListener("abort", end);
  }
}

/** First wait, doubled after each further failure. */
const FIRST_MS = 250;
/** Four waits: about four seconds in all, after which somebody who watches wants to know. */
const TRIES = 5;

/** A failure that another try may mend. @internal */
export class Passing extends Error {
  /** What the server asked to wait, in milliseconds. */
  readonly after: number;

  constructor(failure: HeadwaterError, after = 0) {
    super(failure.message, { cause: failure });
    this.after = after;
  }
}

/** Does `work` again while it fails with {@link Passing}, each time later. */
export async function persist<T>(
  work: () => Promise<T>,
  { wait, random }: Patience,
  signal?: AbortSignal,
): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await unlessAborted(signal, work);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (failed >= TRIES) throw error.cause;
      const delay = FIRST_MS * 2 ** (failed - 1) * (0.5 + random());
      await wait(Math.max(delay, error.after), signal);
    }
  }
}
