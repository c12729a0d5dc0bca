// Driving the light node on a page of the chain: the network, a wallet, what is read again and again, and what is sent.

import {
  type AnnouncedWallet,
  type Confirm,
  type KnownNetwork,
  LightNode,
  type Receipt,
  type Round,
  type SendOptions,
  Wallet,
  developerWallet,
  discover,
  readNetwork,
} from "@headwater/light-node";

import { describeProblem } from "../problem.ts";
import type { Store } from "../store.ts";
import { createPace } from "./pace.ts";
import type { Action, Choice, State } from "./state.ts";

/** Beside the pages, by whoever runs the site. */
const NETWORK = "/network.json";
/** Which wallet to try at the next visit. */
const REMEMBERED = "headwater.wallet";
/** Often enough that figures move soon after a block. */
const READ_MS = 4000;
const DEVELOPER = "developer";
/** Who only reads needs no key that lasts. */
const NOTHING_KEPT = { getItem: () => null, setItem: () => {} };

/** What a page asks of it. */
export interface Desk {
  start(): Promise<void>;
  choose(id: string): Promise<void>;
  leave(): void;
  /** Sends; the words are shown before, and progress and failure are told to the store. */
  send(title: string, work: (node: LightNode, options: SendOptions) => Promise<Receipt>): Promise<boolean>;
  /** Reads again, now. */
  refresh(): Promise<void>;
}

/** What is read of the chain has a round in it. */
interface Timed {
  readonly round: Round;
}

/** One for a page. `read` reads what the page shows; `ready` is told of each node, the first of which has no wallet. */
export function createDesk<Status extends Timed>(
  store: Store<State<Status>, Action<Status>>,
  confirm: Confirm,
  read: (node: LightNode) => Promise<Status>,
  ready?: (node: LightNode) => void,
): Desk {
  const pace = createPace();
  const found = new Map<string, AnnouncedWallet & { isDeveloper: boolean }>();
  let network: KnownNetwork | undefined;
  let current: { readonly node: LightNode; readonly wallet: Wallet } | undefined;
  let count = 0;

  const list = (wallets: readonly AnnouncedWallet[]) => {
    for (const wallet of wallets) found.set(wallet.id, { ...wallet, isDeveloper: false });
    store.dispatch({ type: "choices", choices: [...found.values()].map(choice) });
  };
  const refresh = async () => {
    const own = current;
    if (!own) return;
    try {
      const status = await read(own.node);
      if (current !== own) return;
      const { number, length, blocksLeft } = status.round;
      const seconds = pace((number + 1) * length - blocksLeft, Date.now());
      store.dispatch({ type: "status", status, pace: seconds });
      if (store.state.problem?.code === "chain_unreachable") store.dispatch({ type: "problem", problem: undefined });
    } catch (error) {
      if (current === own) store.dispatch({ type: "problem", problem: describeProblem(error) });
    }
  };
  const leave = () => {
    current?.wallet.stop();
    current = undefined;
    remember(undefined);
    store.dispatch({ type: "left" });
  };
  const join = async (id: string, wallet: Wallet) => {
    const chosen = found.get(id);
    if (!network || !chosen) return;
    store.dispatch({ type: "connecting", choice: choice(chosen) });
    try {
      const node = await LightNode.create({ network, wallet, confirm });
      current = { node, wallet };
      remember(id);
      store.dispatch({ type: "connected", choice: choice(chosen), account: wallet.account ?? "" });
      store.dispatch({ type: "chain", chain: wallet.chainId });
      ready?.(node);
      await refresh();
    } catch (error) {
      wallet.stop();
      current = undefined;
      store.dispatch({ type: "left" });
      store.dispatch({ type: "problem", problem: describeProblem(error) });
    }
  };
  const listen = (id: string, wallet: Wallet) => {
    wallet.addEventListener("pending", ({ detail }) => store.dispatch({ type: "pending", what: detail?.what }));
    wallet.addEventListener("chain", ({ detail }) => store.dispatch({ type: "chain", chain: detail }));
    wallet.addEventListener("account", ({ detail }) => {
      if (current?.wallet !== wallet) return;
      // Another account has another session key, and other funds: nothing of the old one stays on the page.
      if (detail === null) leave();
      else void join(id, wallet);
    });
  };
  const open = (id: string): Wallet | undefined => {
    const provider = found.get(id)?.provider;
    if (!provider) return undefined;
    current?.wallet.stop();
    current = undefined;
    const wallet = new Wallet(provider);
    listen(id, wallet);
    return wallet;
  };

  return {
    async start() {
      try {
        network = await readNetwork(NETWORK);
        const { developerKey, rpc } = network;
        if (rpc !== undefined && ready) ready(await LightNode.create({ network, store: NOTHING_KEPT }));
        store.dispatch({ type: "network", network });
        const wallets = discover();
        wallets.addEventListener("change", ({ detail }) => list(detail));
        if (developerKey !== undefined && rpc !== undefined) {
          const provider = developerWallet({ key: developerKey, rpc, chainId: network.chainId });
          found.set(DEVELOPER, { id: DEVELOPER, name: "Developer wallet", provider, isDeveloper: true });
        }
        list(wallets.list);
      } catch (error) {
        store.dispatch({ type: "nowhere", problem: describeProblem(error) });
        return;
      }
      const before = remembered();
      const wallet = before === undefined ? undefined : open(before);
      if (wallet && before !== undefined) {
        const account = await wallet.connect({ ask: false }).catch(() => undefined);
        if (account !== undefined) await join(before, wallet);
      }
      setInterval(() => {
        if (document.visibilityState === "visible") void refresh();
      }, READ_MS);
    },
    async choose(id) {
      const wallet = open(id);
      if (wallet) await join(id, wallet);
    },
    leave,
    async send(title, work) {
      const own = current;
      if (!own) return false;
      const id = ++count;
      store.dispatch({ type: "begun", id, title });
      try {
        await work(own.node, { onProgress: (progress) => store.dispatch({ type: "progress", id, progress }) });
        return true;
      } catch (error) {
        store.dispatch({ type: "ended", id, problem: describeProblem(error) });
        return false;
      } finally {
        await refresh();
      }
    },
    refresh,
  };
}

function choice({ id, name, icon, isDeveloper }: AnnouncedWallet & { isDeveloper: boolean }): Choice {
  return { id, name, icon, isDeveloper };
}

function remember(id: string | undefined): void {
  try {
    if (id === undefined) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, id);
  } catch {
    // Without storage the wallet is chosen at each visit.
  }
}

function remembered(): string | undefined {
  try {
    return localStorage.getItem(REMEMBERED) ?? undefined;
  } catch {
    return undefined;
  }
}
