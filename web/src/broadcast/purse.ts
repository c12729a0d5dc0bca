// What the orchestrator asks for, and the wallet that pays it: nothing of it where its work is free.

import type { LightNode, Offer, PaymentsStatus } from "@headwater/light-node";

import { type Desk, createDesk } from "../chain/desk.ts";
import { type Action, type State, initial, reduce } from "../chain/state.ts";
import { type Store, createStore } from "../store.ts";

export type Wallets = State<PaymentsStatus>;

/** A wallet, as the broadcast page needs it. */
export interface Purse {
  readonly store: Store<Wallets, Action<PaymentsStatus>>;
  readonly desk: Desk;
  /** What is to be paid; nothing until it is known, or where nothing is. */
  readonly offer: Offer | undefined;
  /** The node that the wallet pays for; nothing without a wallet, or where nothing is paid. */
  readonly node: LightNode | undefined;
  /** Looks whether anything is to be paid here, and connects the wallet of the last visit. */
  start(): Promise<void>;
}

/** Nothing is sent from this page, so nothing has to be agreed to. */
const REFUSE = () => Promise.resolve(false);

/** One for the page's own orchestrator; `asked` is called once its offer is known. */
export function createPurse(asked: () => void): Purse {
  const store = createStore<Wallets, Action<PaymentsStatus>>(initial<PaymentsStatus>(), reduce);
  let node: LightNode | undefined;
  let offer: Offer | undefined;
  const ready = async (of: LightNode) => {
    // The first one has no wallet: it is for reading.
    node = of.wallet === undefined ? undefined : of;
    if (offer !== undefined) return;
    // What a bad offer means is told by who goes live.
    offer = await of.offer().catch(() => undefined);
    asked();
  };
  const desk = createDesk(store, REFUSE, (of) => of.payments.status(), (of) => void ready(of));
  return {
    store,
    desk,
    get offer() {
      return offer;
    },
    get node() {
      return store.state.link.at === "connected" ? node : undefined;
    },
    async start() {
      // 204 where work is free, and servers that know nothing of payments have nothing there: no page needs a wallet then.
      const answer = await fetch("/offer", { cache: "no-store" }).catch(() => undefined);
      if (answer?.status === 200) await desk.start();
    },
  };
}
