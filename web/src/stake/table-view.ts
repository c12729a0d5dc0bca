// The orchestrators to choose from.

import type { Orchestrator, StakeStatus } from "@headwater/light-node";

import { money, percent } from "../chain/money.ts";
import { make, need, text } from "../dom.ts";
import { shortAddress } from "../format.ts";
import { serviceLink, width } from "./state.ts";

/** What the table shows. */
export interface Pool {
  readonly found: readonly Orchestrator[];
  /** Whether more may come. */
  readonly reading: boolean;
  readonly chosen: string | undefined;
}

/** The table; it is drawn anew only when something in it changed. */
export function createTableView(
  choose: (address: string) => void,
): (pool: Pool, status: StakeStatus | undefined, token: string) => void {
  const words = need("table-words", HTMLElement);
  const table = need("table", HTMLTableElement);
  const rows = need("rows", HTMLElement);
  rows.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) choose(event.target.value);
  });
  let drawn: unknown[] = [];
  return ({ found, reading, chosen }, status, token) => {
    table.hidden = found.length === 0;
    text(words, said(found.length, reading));
    const now = [found, chosen, status?.delegate, token];
    if (now.every((part, i) => part === drawn[i])) return;
    drawn = now;
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : undefined;
    rows.replaceChildren(
      ...found.map((one) => row(one, found, one.address === chosen, one.address === status?.delegate, token)),
    );
    if (focused !== undefined) rows.querySelector<HTMLInputElement>(`input[value="${CSS.escape(focused)}"]`)?.focus();
  };
}

function said(count: number, reading: boolean): string {
  if (reading) return count === 0 ? "Reading the chain…" : `${count} so far…`;
  if (count === 0) return "Nobody is elected yet.";
  return count === 1 ? "One is elected." : `${count} are elected, most stake first.`;
}

function row(
  one: Orchestrator,
  all: readonly Orchestrator[],
  chosen: boolean,
  own: boolean,
  token: string,
): HTMLTableRowElement {
  const line = make("tr", "");
  line.dataset.chosen = String(chosen);
  const who = make("th", "who");
  who.scope = "row";
  const label = make("label", "pick");
  const radio = make("input", "");
  radio.type = "radio";
  radio.name = "orchestrator";
  radio.value = one.address;
  radio.checked = chosen;
  const name = make("span", "account", shortAddress(one.address));
  name.title = one.address;
  label.append(radio, name);
  if (own) label.append(make("small", "tag", "yours"));
  who.append(label);
  const link = serviceLink(one.uri);
  if (link) {
    const anchor = make("a", "service", link.text);
    anchor.href = link.href;
    anchor.rel = "noreferrer noopener";
    anchor.target = "_blank";
    who.append(anchor);
  }
  const stake = cell("Stake", money(one.stake, token));
  const bar = make("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  const fill = make("span", "");
  fill.style.setProperty("--part", width(one, all).toFixed(3));
  bar.append(fill);
  stake.append(bar);
  const state = cell("Now", "");
  const tag = make("span", "tag", one.active ? "Active" : "Next round");
  tag.dataset.tone = one.active ? "on" : "off";
  state.append(tag);
  line.append(who, stake, cell("Keeps of rewards", percent(one.rewardCut)), cell("Shares of fees", percent(one.feeShare)), state);
  return line;
}

/** A cell that names its column where the table is a list of cards. */
function cell(column: string, value: string): HTMLTableCellElement {
  const data = make("td", "", value);
  data.dataset.column = column;
  return data;
}
