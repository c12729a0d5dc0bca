// Following a transaction from the moment it is sent until enough blocks lie upon it.

import { HeadwaterError } from "../errors.js";
import type { Chain } from "./chain.js";
import { fromQuantity } from "./provider.js";

/** Blocks come every 0.25 to 12 s. */
const SOON_MS = 1000;
/** After a minute it waits for cheaper gas, and may for hours. */
const LATER_MS = 5000;
const SOON_LOOKS = 60;
/** A node may know of a next transaction before it has this one's receipt: so often the nonce counts for nothing. */
const LOOKS_BEFORE_REPLACED = 3;

interface Receipt {
  readonly status?: unknown;
  readonly blockNumber?: unknown;
}

/** Resolves with its block's number. Rejects when it failed, or when another took its nonce. */
export async function follow(
  chain: Chain,
  { hash, from }: { readonly hash: string; readonly from: string },
  tell: (progress: { stage: "sent" | "mined" | "confirmed"; hash: string; block?: number }) => void,
  signal?: AbortSignal,
): Promise<number> {
  let mined: number | undefined;
  let nonce: number | undefined;
  let passed = 0;
  for (let looks = 1; ; looks++) {
    const found = await look(chain, hash, from, signal);
    const receipt = found?.receipt;
    const block = fromQuantity(receipt?.blockNumber);
    if (receipt && block !== undefined) {
      if (fromQuantity(receipt.status) === 0) {
        throw new HeadwaterError("reverted", `transaction ${hash} was mined in block ${block}, and failed there`);
      }
      if (mined !== block) tell({ stage: "mined", hash, block });
      mined = block;
      if ((found.head ?? 0) - block + 1 >= chain.network.confirmations) {
        tell({ stage: "confirmed", hash, block });
        return block;
      }
    } else if (found) {
      // Its block is none any more.
      if (mined !== undefined) tell({ stage: "sent", hash });
      mined = undefined;
      nonce = found.nonce ?? nonce;
      const replaced = nonce !== undefined && found.count !== undefined && found.count > nonce;
      passed = replaced ? passed + 1 : 0;
      if (passed >= LOOKS_BEFORE_REPLACED) {
        throw new HeadwaterError("transaction_replaced", `nothing came of ${hash}`);
      }
    }
    await chain.patience.wait(looks < SOON_LOOKS ? SOON_MS : LATER_MS, signal);
  }
}

interface Look {
  readonly receipt: Receipt | undefined;
  readonly head: number | undefined;
  /** The transaction's, while the node knows it. */
  readonly nonce: number | undefined;
  /** How many the account has in blocks. */
  readonly count: number | undefined;
}

/** What the node says of it; nothing while it says nothing, since what was sent goes its way meanwhile. */
async function look(chain: Chain, hash: string, from: string, signal?: AbortSignal): Promise<Look | undefined> {
  try {
    const [receipt, head, transaction, count] = await chain.ask(
      [
        { method: "eth_getTransactionReceipt", params: [hash] },
        { method: "eth_blockNumber" },
        { method: "eth_getTransactionByHash", params: [hash] },
        { method: "eth_getTransactionCount", params: [from, "latest"] },
      ],
      signal,
    );
    return {
      receipt: (receipt as Receipt | null) ?? undefined,
      head: fromQuantity(head),
      nonce: fromQuantity((transaction as { nonce?: unknown } | null)?.nonce),
      count: fromQuantity(count),
    };
  } catch (error) {
    if (signal?.aborted || !(error instanceof HeadwaterError) || error.code === "closed") throw error;
    if (error.code === "wrong_chain") throw error;
    return undefined;
  }
}
