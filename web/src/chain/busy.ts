// Buttons and fields that send: usable with a wallet, and while nothing else waits for the visitor.

import { type State, isBusy } from "./state.ts";

/** Disables what `root` holds while it cannot be used; says so to those who do not see. */
export function createBusy(root: HTMLElement): (state: State<unknown>) => void {
  return (state) => {
    const usable = state.link.at === "connected" && state.status !== undefined && !isBusy(state);
    root.dataset.usable = String(usable);
    for (const control of root.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button:not([data-free])")) {
      if (control.closest("#problem") === null) control.disabled = !usable;
    }
  };
}
