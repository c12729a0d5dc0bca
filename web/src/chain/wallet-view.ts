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

/** The box with the wallet. */
export function createWalletView(intents: { choose(id: string): void; leave(): void }): (state: State<unknown>) => void {
  const choosing = need("choosing", HTMLElement);
  const choices = need("choices", HTMLElement);
  const none = need("no-wallets", HTMLElement);
  const connected = need("connected", HTMLElement);
  const account = need("account", HTMLElement);
  const name = need("wallet-name", HTMLElement);
  const badge = need("developer", HTMLElement);
  const network = need("network", HTMLElement);
  const astray = need("astray", HTMLElement);
  const waits = need("wallet-waits", HTMLElement);
  need("leave", HTMLButtonElement).addEventListener("click", () => intents.leave());
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
