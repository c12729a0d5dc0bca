// What both pages of the chain have in common: wallet, round, transactions, problems, and what is said aloud.

import type { KnownNetwork, LightNode, Round } from "@headwater/light-node";

import { createAnnouncer } from "../announce.ts";
import { createProblemView } from "../problem-view.ts";
import { need, text } from "../dom.ts";
import { createStore, type Store } from "../store.ts";
import { createBusy } from "./busy.ts";
import { type Desk, createDesk } from "./desk.ts";
import { createRoundView } from "./round-view.ts";
import { createSendsView, stageWords } from "./sends-view.ts";
import { type Action, type State, initial, reduce } from "./state.ts";
import { createWalletView } from "./wallet-view.ts";
import { createWordsDialog } from "./words-dialog.ts";

/** A page's store and its desk. */
export interface ChainPage<Status> {
  readonly store: Store<State<Status>, Action<Status>>;
  readonly desk: Desk;
}

/** Binds the common parts; the page subscribes its own and then starts the desk. */
export function createChainPage<Status extends { readonly round: Round }>(
  read: (node: LightNode) => Promise<Status>,
  ready?: (node: LightNode) => void,
): ChainPage<Status> {
  const store = createStore<State<Status>, Action<Status>>(initial<Status>(), reduce);
  const desk = createDesk(store, createWordsDialog(), read, ready);
  const wallet = createWalletView({ choose: (id) => void desk.choose(id), leave: desk.leave });
  const busy = createBusy(need("desk", HTMLElement));
  const sends = createSendsView();
  const round = createRoundView();
  const problem = createProblemView((step) => {
    if (step === "reload" || store.state.link.at === "nowhere") location.reload();
    else if (store.state.link.at === "connected") void desk.refresh();
    store.dispatch({ type: "problem", problem: undefined });
  });
  const announce = createAnnouncer();
  let said = "";
  store.subscribe((state) => {
    wallet(state);
    busy(state);
    sends(state);
    round(state.status?.round, state.pace);
    problem(state.problem, true);
    if (state.network) nameUnits(state.network);
    const [newest] = state.sends;
    const words = newest ? `${newest.title}: ${stageWords(newest)}.` : "";
    if (words !== said) announce((said = words));
  });
  return { store, desk };
}

/** What the network calls its money. */
function nameUnits({ currency, token }: KnownNetwork): void {
  const units: Readonly<Record<string, string>> = { currency, token };
  for (const place of document.querySelectorAll<HTMLElement>("[data-unit]")) {
    text(place, units[place.dataset.unit ?? ""] ?? "");
  }
}
