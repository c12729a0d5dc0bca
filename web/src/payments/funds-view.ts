// Deposit, reserve and what is left in the wallet; adding to them, and who shares the reserve.

import type { PaymentsStatus } from "@headwater/light-node";

import { money, readAmount } from "../chain/money.ts";
import { need, text } from "../dom.ts";
import { shortAddress } from "../format.ts";
import { readRecipients } from "./state.ts";

/** What the visitor may ask for here; each resolves with whether it was done. */
export interface FundsIntents {
  fund(deposit: bigint, reserve: bigint): Promise<boolean>;
  share(recipients: readonly string[]): Promise<boolean>;
}

/** The box with the funds. */
export function createFundsView(intents: FundsIntents): (status: PaymentsStatus | undefined, unit: string) => void {
  const outputs = {
    deposit: need("deposit", HTMLOutputElement),
    reserve: need("reserve", HTMLOutputElement),
    balance: need("balance", HTMLOutputElement),
  };
  const sharers = need("recipients-now", HTMLElement);
  const words = need("reserve-words", HTMLElement);
  let status: PaymentsStatus | undefined;
  bindFund(() => status, intents.fund);
  bindRecipients(intents.share);

  return (now, unit) => {
    status = now;
    for (const [name, output] of Object.entries(outputs)) {
      const amount = now?.[name as keyof typeof outputs];
      text(output, amount === undefined ? "–" : money(amount, unit));
    }
    const named = now?.reserveRecipients ?? [];
    text(words, named.length > 0 ? `Shared by ${named.length} that you named.` : "What orchestrators can rely on.");
    text(
      sharers,
      named.length === 0
        ? "Now all active orchestrators share it alike."
        : `Now ${named.map(shortAddress).join(", ")} share it alike.`,
    );
  };
}

function bindFund(status: () => PaymentsStatus | undefined, fund: FundsIntents["fund"]): void {
  const form = need("fund", HTMLFormElement);
  const fields = [need("fund-deposit", HTMLInputElement), need("fund-reserve", HTMLInputElement)] as const;
  const objection = need("fund-objection", HTMLElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    text(objection, "");
    const amounts: bigint[] = [];
    for (const field of fields) {
      const read = field.value.trim() === "" ? { amount: 0n } : readAmount(field.value, status()?.balance);
      field.setAttribute("aria-invalid", String("objection" in read));
      if ("objection" in read) {
        text(objection, read.objection);
        field.focus();
        return;
      }
      amounts.push(read.amount);
    }
    const [deposit = 0n, reserve = 0n] = amounts;
    if (deposit + reserve === 0n) {
      text(objection, "Enter an amount for one of them.");
      fields[0].focus();
    } else if (await fund(deposit, reserve)) {
      for (const field of fields) field.value = "";
    }
  });
}

function bindRecipients(share: FundsIntents["share"]): void {
  const form = need("recipients", HTMLFormElement);
  const list = need("recipients-list", HTMLTextAreaElement);
  const objection = need("recipients-objection", HTMLElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const read = readRecipients(list.value);
    text(objection, "objection" in read ? read.objection : "");
    list.setAttribute("aria-invalid", String("objection" in read));
    if ("objection" in read) list.focus();
    else if (await share(read.recipients)) list.value = "";
  });
}
