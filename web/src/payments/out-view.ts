// Taking deposit and reserve back: unlock, wait, withdraw.

import type { PaymentsStatus } from "@headwater/light-node";

import { need, show, text } from "../dom.ts";
import { wayOut, wayOutWords } from "./state.ts";

/** What the visitor may ask for here. */
export interface OutIntents {
  unlock(): void;
  cancelUnlock(): void;
  withdraw(): void;
}

/** The box for it. */
export function createOutView(intents: OutIntents): (status: PaymentsStatus | undefined, pace: number | undefined) => void {
  const words = need("out-words", HTMLElement);
  const unlock = need("unlock", HTMLButtonElement);
  const cancel = need("cancel-unlock", HTMLButtonElement);
  const withdraw = need("withdraw", HTMLButtonElement);
  unlock.addEventListener("click", () => intents.unlock());
  cancel.addEventListener("click", () => intents.cancelUnlock());
  withdraw.addEventListener("click", () => intents.withdraw());
  return (status, pace) => {
    const way = status && wayOut(status);
    text(words, status ? wayOutWords(status, pace) : "Whatever you put in comes back to you, less what tickets have won.");
    show(unlock, way === "locked");
    show(cancel, way === "unlocking" || way === "free");
    show(withdraw, way === "free");
  };
}
