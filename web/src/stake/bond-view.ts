// Bonding to the chosen orchestrator, and moving there.

import type { StakeStatus } from "@headwater/light-node";

import { readAmount } from "../chain/money.ts";
import { need, show, text } from "../dom.ts";
import { bondLabel, canMove } from "./state.ts";

/** What the visitor may ask for here. */
export interface BondIntents {
  bond(amount: bigint, to: string): Promise<boolean>;
  move(to: string): void;
}

/** The form under the table. */
export function createBondView(
  intents: BondIntents,
): (chosen: string | undefined, status: StakeStatus | undefined, token: string) => void {
  const form = need("bond", HTMLFormElement);
  const label = need("bond-label", HTMLElement);
  const field = need("bond-amount", HTMLInputElement);
  const objection = need("bond-objection", HTMLElement);
  const move = need("move", HTMLButtonElement);
  let to: string | undefined;
  let now: StakeStatus | undefined;
  move.addEventListener("click", () => {
    if (to !== undefined) intents.move(to);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const read =
      to === undefined ? { objection: "Choose an orchestrator in the table first." } : readAmount(field.value, now?.tokens);
    text(objection, "objection" in read ? read.objection : "");
    field.setAttribute("aria-invalid", String("objection" in read && to !== undefined));
    if ("objection" in read || to === undefined) field.focus();
    else if (await intents.bond(read.amount, to)) field.value = "";
  });
  return (chosen, status, token) => {
    to = chosen;
    now = status;
    text(label, bondLabel(chosen, status, token));
    show(move, canMove(chosen, status));
  };
}
