// The wallet on the page: which there are, which one is connected, and what it waits for.

import { make, need, show, text } from "../dom.ts";
import { shortAddress } from "../format.ts";
import type { Choice, State } from "./state.ts";

const WAITS = {
  connect: "Your wallet asks whether this page may see an account.",
  switch: "Your wallet asks whether to switch its network.",
  send: "Your wallet shows the transaction: confirm or reject it there.",
  sign: "Your wallet shows what to sign: confirm or reject it there.",
} as const;

/** The box with the wallet, in the page's `#wallet`. */
export function createWalletView(intents: { choose(id: string): void; leave(): void }): (state: State<unknown>) => void {
  const { choosing, choices, none, connected, account, name, badge, astray, network, leave, waits } = build();
  leave.addEventListener("click", () => intents.leave());
  let drawn: readonly Choice[] | undefined;

  return (state) => {
    const { link } = state;
    document.body.dataset.link = link.at;
    const at = link.at === "connected" ? link : undefined;
    show(choosing, link.at === "choosing" || link.at === "connecting");
    show(connected, at !== undefined);
    show(none, state.choices.length === 0);
    if (state.choices !== drawn) {
      drawn = state.choices;
      choices.replaceChildren(...state.choices.map((choice) => option(choice, intents.choose)));
    }
    for (const button of choices.querySelectorAll("button")) {
      button.disabled = link.at === "connecting";
      button.dataset.chosen = String(link.at === "connecting" && button.dataset.id === link.choice.id);
    }
    text(account, at ? shortAddress(at.account) : "");
    account.title = at?.account ?? "";
    text(name, at?.choice.name ?? "");
    show(badge, at?.choice.isDeveloper === true);
    text(network, state.network?.name ?? "");
    const elsewhere = at && state.network && state.chain !== undefined && state.chain !== state.network.chainId;
    show(astray, elsewhere === true);
    text(
      astray,
      elsewhere ? `The wallet is on chain ${state.chain}. It will be asked to switch before anything is sent.` : "",
    );
    show(waits, state.pending !== undefined);
    text(waits, state.pending ? WAITS[state.pending] : "");
  };
}

/** Ids are for styles and for whoever looks from outside. */
function build() {
  const part = <K extends keyof HTMLElementTagNameMap>(tag: K, id: string, className: string, words = "") => {
    const element = make(tag, className, words);
    element.id = id;
    return element;
  };
  const parts = {
    choosing: part("div", "choosing", "stack"),
    choices: part("div", "choices", "choices"),
    none: part("p", "no-wallets", "hint", "This browser has no wallet. Install one, or open this page in a wallet's own browser."),
    connected: part("div", "connected", "stack"),
    account: part("span", "account", "account"),
    name: part("span", "wallet-name", "hint"),
    badge: part("p", "developer", "play", "Developer wallet – play money"),
    astray: part("p", "astray", "notice"),
    network: part("span", "network", "hint"),
    leave: part("button", "leave", "link-button", "Disconnect"),
    waits: part("p", "wallet-waits", "notice waits"),
  };
  parts.leave.type = "button";
  parts.waits.setAttribute("role", "status");
  const [who, where] = [make("div", "identity"), make("div", "identity")];
  who.append(parts.account, parts.name);
  where.append(parts.network, parts.leave);
  parts.connected.append(who, parts.badge, parts.astray, where);
  parts.choosing.append(parts.choices, parts.none);
  for (const hidden of [parts.choosing, parts.connected, parts.waits]) show(hidden, false);
  need("wallet", HTMLElement).append(parts.choosing, parts.connected, parts.waits);
  return parts;
}

function option(choice: Choice, choose: (id: string) => void): HTMLElement {
  const button = make("button", "choice");
  button.type = "button";
  button.dataset.id = choice.id;
  if (choice.icon !== undefined) {
    const icon = make("img", "");
    icon.alt = "";
    icon.src = choice.icon;
    button.append(icon);
  } else {
    button.append(make("span", "choice-mark", choice.name.slice(0, 1)));
  }
  const label = make("span", "choice-name", choice.name);
  if (choice.isDeveloper) label.append(make("small", "", "Play money: its key lies open in this page"));
  button.append(label);
  button.addEventListener("click", () => choose(choice.id));
  return button;
}
