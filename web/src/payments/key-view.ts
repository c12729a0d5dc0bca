// The session key: what it may still do, approving it, and taking that back.

import type { ApproveRequest, PaymentsStatus } from "@headwater/light-node";

import { about, money, readAmount } from "../chain/money.ts";
import { need, show, text } from "../dom.ts";
import { shortAddress } from "../format.ts";
import { keyState } from "./state.ts";

/** What the visitor may ask for here. */
export interface KeyIntents {
  approve(request: ApproveRequest): Promise<boolean>;
  revoke(): void;
}

const MOST_ROUNDS = 100_000;

/** The box with the session key. */
export function createKeyView(
  intents: KeyIntents,
): (status: PaymentsStatus | undefined, unit: string, pace: number | undefined) => void {
  const tag = need("key-state", HTMLElement);
  const words = need("key-words", HTMLElement);
  const figures = need("key-figures", HTMLElement);
  const left = need("key-left", HTMLOutputElement);
  const bar = need("key-bar", HTMLElement);
  const until = need("key-until", HTMLElement);
  const revoke = need("revoke", HTMLButtonElement);
  const approve = need("approve-button", HTMLButtonElement);
  const preview = need("approve-words", HTMLElement);
  const [cap, rounds] = [need("cap", HTMLInputElement), need("rounds", HTMLInputElement)];
  revoke.addEventListener("click", () => intents.revoke());
  bindApprove(cap, rounds, intents.approve);

  let shown: [PaymentsStatus | undefined, string, number | undefined] = [undefined, "", undefined];
  const describe = () => text(preview, approvalWords(cap.value, Number(rounds.value), ...shown));
  for (const field of [cap, rounds]) field.addEventListener("input", describe);

  return (status, unit, pace) => {
    shown = [status, unit, pace];
    const state = status && keyState(status, pace);
    text(tag, state?.tag ?? "–");
    tag.dataset.tone = state?.tone ?? "off";
    if (status) {
      const kept = status.signer.kept ? "kept encrypted in this browser" : "gone when this page is closed";
      text(words, `Key ${shortAddress(status.signer.address)}, made in this page, ${kept}. Approved once, it signs tickets without a pop-up for each.`);
    }
    const approved = status?.signer.approved === true;
    show(figures, approved);
    show(revoke, state?.revocable === true);
    text(approve, approved ? "Approve a new key" : "Approve");
    text(left, status ? money(status.signer.depositLeft, unit) : "");
    text(until, state?.until ?? "");
    bar.style.setProperty("--part", status ? reach(status).toFixed(4) : "0");
    describe();
  };
}

/** How much of the deposit the key may still take, 0 to 1. */
function reach({ deposit, signer }: PaymentsStatus): number {
  if (signer.depositLeft === 0n) return 0;
  if (deposit <= signer.depositLeft) return 1;
  return Number((signer.depositLeft * 10_000n) / deposit) / 10_000;
}

/** What an approval with these terms would allow, before anything is asked. */
function approvalWords(
  cap: string,
  rounds: number,
  status: PaymentsStatus | undefined,
  unit: string,
  pace: number | undefined,
): string {
  const read = readAmount(cap);
  if (!status || !("amount" in read) || !Number.isSafeInteger(rounds) || rounds < 1) return "";
  const seconds = pace && (status.round.blocksLeft + rounds * status.round.length) * pace;
  const time = seconds === undefined ? "" : `, ${about(seconds)} from now`;
  return `It could take ${money(read.amount, unit)} of your deposit in all, and ends after round ${status.round.number + rounds}${time}.`;
}

function bindApprove(cap: HTMLInputElement, rounds: HTMLInputElement, approve: KeyIntents["approve"]): void {
  const form = need("approve", HTMLFormElement);
  const anyone = need("anyone", HTMLInputElement);
  const objection = need("approve-objection", HTMLElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const read = readAmount(cap.value);
    const many = Number(rounds.value);
    const whole = Number.isSafeInteger(many) && many >= 1 && many <= MOST_ROUNDS;
    cap.setAttribute("aria-invalid", String("objection" in read));
    rounds.setAttribute("aria-invalid", String(!whole));
    if ("objection" in read) {
      text(objection, read.objection);
      cap.focus();
    } else if (!whole) {
      text(objection, `A whole number of rounds, 1 to ${MOST_ROUNDS}.`);
      rounds.focus();
    } else {
      text(objection, "");
      await approve({ cap: read.amount, rounds: many, anyRecipient: anyone.checked });
    }
  });
}
