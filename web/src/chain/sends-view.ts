// The transactions of this visit, and how far each is.

import { make, need, show, text } from "../dom.ts";
import { shortAddress } from "../format.ts";
import type { Send, State } from "./state.ts";

const STEPS = ["sent", "mined", "confirmed"] as const;

/** What stands beside a transaction. */
export function stageWords({ stage, block, why }: Send): string {
  switch (stage) {
    case "checking":
      return "Trying it on the chain";
    case "words":
      return "Waiting for you to agree";
    case "wallet":
      return "Waiting for your wallet";
    case "sent":
      return "Sent, waiting for a block";
    case "mined":
      return `In block ${block}`;
    case "confirmed":
      return `Confirmed, in block ${block}`;
    case "dropped":
      return "Not sent";
    case "failed":
      return why ?? "Failed";
  }
}

/** Whether something is still to come of it. */
export function isGoing({ stage }: Send): boolean {
  return stage !== "confirmed" && stage !== "failed" && stage !== "dropped";
}

/** The list, and on phones, where it is out of sight, the newest one in a strip; a row is made anew only when it changed. */
export function createSendsView(): (state: State<unknown>) => void {
  const section = need("sends-section", HTMLElement);
  const list = need("sends", HTMLElement);
  const now = need("now", HTMLElement);
  const rows = new Map<number, { readonly send: Send; readonly row: HTMLElement }>();
  return ({ sends }) => {
    show(section, sends.length > 0);
    const [newest] = sends;
    const going = newest !== undefined && isGoing(newest);
    show(now, going);
    if (going) text(now, `${newest.title}: ${stageWords(newest)}`);
    const wanted = sends.map((send) => {
      const known = rows.get(send.id);
      if (known?.send === send) return known.row;
      const row = draw(send);
      rows.set(send.id, { send, row });
      return row;
    });
    if (wanted.length !== list.children.length || wanted.some((row, i) => list.children[i] !== row)) {
      list.replaceChildren(...wanted);
    }
  };
}

function draw(send: Send): HTMLElement {
  const row = make("li", "send");
  row.dataset.stage = send.stage;
  row.append(make("strong", "", send.title));
  const steps = make("span", "steps");
  steps.setAttribute("aria-hidden", "true");
  const reached = STEPS.indexOf(send.stage as (typeof STEPS)[number]);
  for (const [i] of STEPS.entries()) {
    const step = make("span", "step");
    step.dataset.done = String(i <= reached);
    steps.append(step);
  }
  const words = make("small", "");
  text(words, stageWords(send));
  row.append(steps, words);
  if (send.hash !== undefined) {
    const hash = make("code", "hash", shortAddress(send.hash));
    hash.title = send.hash;
    row.append(hash);
  }
  return row;
}
