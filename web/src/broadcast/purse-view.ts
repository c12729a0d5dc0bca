// The card about payment: what this broadcast costs, who pays it, and what was paid.

import { money } from "../chain/money.ts";
import { createWalletView } from "../chain/wallet-view.ts";
import { need, show, text } from "../dom.ts";
import { createPlot } from "../plot.ts";
import { standing, ticketWords, wage } from "./cost.ts";
import type { Purse } from "./purse.ts";
import type { State } from "./state.ts";

/** Below a nanounit everything looks large. */
const FLOOR = 100;

/** The card; it hides where nothing is paid. */
export function createPurseView(
  purse: Purse,
  intents: { saveReceipts(): void },
): (state: State) => void {
  const card = need("purse", HTMLElement);
  const price = need("price", HTMLElement);
  const stand = need("standing", HTMLElement);
  const setUp = need("set-up", HTMLAnchorElement);
  const figures = need("paid-figures", HTMLElement);
  const value = need("paid-value", HTMLOutputElement);
  const tickets = need("paid-tickets", HTMLOutputElement);
  const odds = need("paid-odds", HTMLElement);
  const save = need("save-receipts", HTMLButtonElement);
  const wallet = createWalletView({
    choose: (id) => void purse.desk.choose(id),
    leave: () => purse.desk.leave(),
  });
  let unit = "ETH";
  const plot = createPlot(need("paid-plot", HTMLDivElement), {
    label: "Paid each time",
    floor: FLOOR,
    write: (nano) => money(BigInt(Math.round(nano * 1e9)), unit),
  });
  save.addEventListener("click", () => intents.saveReceipts());

  return (state) => {
    const wallets = purse.store.state;
    show(card, wallets.network !== undefined);
    if (!wallets.network) return;
    unit = wallets.network.currency;
    wallet(wallets);
    text(price, purse.offer ? wage(purse.offer.price, state.ladder, unit) : "This orchestrator is paid for its work.");
    const means = wallets.status && standing(wallets.status, unit);
    show(stand, means !== undefined);
    text(stand, means?.words ?? "");
    stand.dataset.tone = means?.ready === false ? "warn" : "good";
    show(setUp, means?.ready === false);
    show(figures, state.paid !== undefined);
    if (state.paid) {
      text(value, money(state.paid.value, unit));
      text(tickets, String(state.paid.tickets));
      text(odds, ticketWords(state.paid, unit));
      odds.dataset.chance = String(state.paid.chance);
    }
    show(save, state.receipts > 0);
    text(save, state.receipts === 1 ? "Save 1 receipt" : `Save ${state.receipts} receipts`);
    plot(state.payments);
  };
}
