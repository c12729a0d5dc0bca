// One's own stake: what it is, what it earned, and how it is taken out.

import type { StakeStatus, UnbondingLock } from "@headwater/light-node";

import { money, readAmount } from "../chain/money.ts";
import { make, need, show, text } from "../dom.ts";
import { delegateWords, isFree, lockWords } from "./state.ts";

/** What the visitor may ask for here. */
export interface MineIntents {
  claim(): void;
  withdrawFees(amount: bigint): void;
  unbond(amount: bigint): Promise<boolean>;
  withdraw(lock: number): void;
  rebond(lock: number): void;
}

/** Units that amounts are in. */
export interface Units {
  readonly token: string;
  readonly currency: string;
}

/** The boxes with it. */
export function createMineView(
  intents: MineIntents,
): (status: StakeStatus | undefined, units: Units, pace: number | undefined) => void {
  const stake = need("stake", HTMLOutputElement);
  const fees = need("fees", HTMLOutputElement);
  const tokens = need("tokens", HTMLOutputElement);
  const balance = need("balance", HTMLElement);
  const delegate = need("delegate", HTMLElement);
  const claim = need("claim", HTMLButtonElement);
  const withdrawFees = need("withdraw-fees", HTMLButtonElement);
  const unbondWords = need("unbond-words", HTMLElement);
  const form = need("unbond", HTMLFormElement);
  let status: StakeStatus | undefined;
  claim.addEventListener("click", () => intents.claim());
  withdrawFees.addEventListener("click", () => intents.withdrawFees(status?.pendingFees ?? 0n));
  bindUnbond(form, () => status, intents.unbond);
  const locks = createLocks(intents);

  return (now, { token, currency }, pace) => {
    status = now;
    text(stake, now ? money(now.pendingStake, token) : "–");
    text(fees, now ? money(now.pendingFees, currency) : "–");
    text(tokens, now ? money(now.tokens, token) : "–");
    text(balance, now ? `And ${money(now.balance, currency)} for the chain's fees.` : "");
    text(delegate, now ? delegateWords(now) : "With nobody yet.");
    show(claim, now?.delegate !== undefined);
    show(withdrawFees, (now?.pendingFees ?? 0n) > 0n);
    show(form, (now?.pendingStake ?? 0n) > 0n);
    text(unbondWords, now ? `It can be withdrawn ${now.round.unbondingPeriod} rounds later, and earns nothing meanwhile.` : "");
    locks(now, token, pace);
  };
}

function bindUnbond(
  form: HTMLFormElement,
  status: () => StakeStatus | undefined,
  unbond: MineIntents["unbond"],
): void {
  const field = need("unbond-amount", HTMLInputElement);
  const objection = need("unbond-objection", HTMLElement);
  const ask = async (amount: bigint) => {
    if (await unbond(amount)) field.value = "";
  };
  need("unbond-all", HTMLButtonElement).addEventListener("click", () => void ask(status()?.pendingStake ?? 0n));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const read = readAmount(field.value, status()?.pendingStake);
    text(objection, "objection" in read ? read.objection : "");
    field.setAttribute("aria-invalid", String("objection" in read));
    if ("objection" in read) field.focus();
    else void ask(read.amount);
  });
}

function createLocks(
  intents: MineIntents,
): (status: StakeStatus | undefined, token: string, pace: number | undefined) => void {
  const list = need("locks", HTMLElement);
  const rows = new Map<number, { readonly row: HTMLElement; readonly words: HTMLElement; readonly out: HTMLElement }>();
  return (status, token, pace) => {
    const open = status?.locks ?? [];
    const wanted = open.map((lock) => {
      const known = rows.get(lock.id) ?? drawLock(lock, token, intents);
      rows.set(lock.id, known);
      if (status) {
        text(known.words, lockWords(lock, status, pace));
        show(known.out, isFree(lock, status));
      }
      return known.row;
    });
    for (const id of rows.keys()) if (!open.some((lock) => lock.id === id)) rows.delete(id);
    show(list, wanted.length > 0);
    if (wanted.length !== list.children.length || wanted.some((row, i) => list.children[i] !== row)) {
      list.replaceChildren(...wanted);
    }
  };
}

function drawLock(lock: UnbondingLock, token: string, intents: MineIntents) {
  const row = make("li", "lock");
  const words = make("small", "");
  const head = make("span", "lock-head");
  head.append(make("strong", "", money(lock.amount, token)), words);
  const out = make("button", "button solid", "Withdraw");
  const back = make("button", "button ghost", "Bond again");
  for (const button of [out, back]) button.type = "button";
  out.addEventListener("click", () => intents.withdraw(lock.id));
  back.addEventListener("click", () => intents.rebond(lock.id));
  const buttons = make("span", "row");
  buttons.append(out, back);
  row.append(head, buttons);
  return { row, words, out };
}
