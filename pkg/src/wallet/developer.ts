// A wallet whose key lies open in the page: for tests and play money, and marked so.

import { developerAddress, developerSign, developerSignTypedData } from "../wasm/headwater_light_node.js";
import { HeadwaterError, describe } from "../errors.js";
import { init } from "../loader.js";
import type { CreateOptions } from "../types.js";
import { type Provider, type ProviderRequest, fromQuantity, quantity } from "./provider.js";
import { Rpc } from "./rpc.js";

export interface DeveloperWalletOptions {
  /** 32 bytes, or `0x` and 64 digits. Never one that owns anything. */
  readonly key: Uint8Array | string;
  /** Where its chain can be asked. */
  readonly rpc: string;
  /** The chain it works on, and no other; default 31337, which is Anvil's and Hardhat's. */
  readonly chainId?: number;
  /** As {@link CreateOptions}'s. */
  readonly wasm?: CreateOptions["wasm"];
}

/** What may be read through it. */
const READS = /^eth_(call|estimateGas|get[A-Z]\w*|blockNumber|chainId|gasPrice|feeHistory|maxPriorityFeePerGas)$/;
/** Gas beyond the estimate, which another transaction in between may make too small: a quarter. */
const SPARE = 4n;
/** A tip that a chain without a market for tips takes, too. */
const LEAST_TIP = 1_000_000n;

interface Sent {
  readonly from?: string;
  readonly to?: string;
  readonly data?: string;
  readonly value?: string;
}

/** An EIP-1193 provider with the key in the page. It asks nobody: whoever uses it has to. */
export function developerWallet(options: DeveloperWalletOptions): Provider {
  const { rpc, chainId = 31337 } = options;
  const secret = typeof options.key === "string" ? bytes(options.key) : Uint8Array.from(options.key);
  const node = new Rpc(rpc);
  // One after the other: each takes the next nonce.
  let turn: Promise<unknown> = Promise.resolve();

  const ask = async (...questions: ProviderRequest[]): Promise<unknown[]> =>
    (await node.ask(questions)).map((answer) => {
      if ("error" in answer) throw answer.error;
      return answer.result;
    });
  const own = async () => {
    await init(options.wasm);
    return coded(() => developerAddress(secret));
  };
  const onChain = async () => {
    const [found] = await ask({ method: "eth_chainId" });
    if (fromQuantity(found) !== chainId) {
      throw new HeadwaterError("wrong_chain", `the developer wallet is for chain ${chainId}, its node is on ${found}`);
    }
  };
  const send = async (sent: Sent): Promise<unknown> => {
    await onChain();
    const from = await own();
    const call = { from, to: sent.to, data: sent.data ?? "0x", value: sent.value ?? "0x0" };
    const [nonce, gas, block, tip] = await ask(
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      { method: "eth_estimateGas", params: [call] },
      { method: "eth_getBlockByNumber", params: ["latest", false] },
      { method: "eth_gasPrice" },
    );
    const base = BigInt((block as { baseFeePerGas?: string }).baseFeePerGas ?? "0x0");
    const price = BigInt(String(tip));
    const maxPriorityFeePerGas = price > base && price - base > LEAST_TIP ? price - base : LEAST_TIP;
    const raw = coded(() =>
      developerSign(secret, {
        chainId: String(chainId),
        nonce: BigInt(String(nonce)).toString(),
        // Twice the base fee lasts through six full blocks.
        maxFeePerGas: (2n * base + maxPriorityFeePerGas).toString(),
        maxPriorityFeePerGas: maxPriorityFeePerGas.toString(),
        gas: (BigInt(String(gas)) + BigInt(String(gas)) / SPARE).toString(),
        to: sent.to,
        value: BigInt(call.value).toString(),
        data: call.data,
      }),
    );
    const [hash] = await ask({ method: "eth_sendRawTransaction", params: [raw] });
    return hash;
  };
  const queue = (work: () => Promise<unknown>): Promise<unknown> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  return {
    isDeveloper: true,
    async request({ method, params }) {
      const [first, second] = Array.isArray(params) ? (params as unknown[]) : [];
      switch (method) {
        case "eth_accounts":
        case "eth_requestAccounts":
          return [await own()];
        case "eth_chainId":
          return quantity(chainId);
        case "eth_sendTransaction":
          return queue(() => send(first as Sent));
        case "eth_signTypedData_v4":
          await init(options.wasm);
          return coded(() => developerSignTypedData(secret, typeof second === "string" ? JSON.parse(second) : second));
        case "wallet_switchEthereumChain":
          if (fromQuantity((first as { chainId?: unknown })?.chainId) === chainId) return null;
          throw { code: 4902, message: "the developer wallet has one chain only" };
        default:
          if (!READS.test(method)) throw { code: 4200, message: `the developer wallet does not do ${method}` };
          return (await ask({ method, params: params ?? [] }))[0];
      }
    },
  };
}

function bytes(key: string): Uint8Array {
  if (!/^0x[0-9a-f]{64}$/i.test(key)) {
    throw new HeadwaterError("invalid_argument", "a developer wallet's key is 0x and 64 hexadecimal digits");
  }
  return Uint8Array.from(key.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function coded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw describe(error);
  }
}
