// The payments page: what a broadcaster has on chain, and the key that may spend it.

import { createChainPage } from "../chain/page.ts";
import { createFundsView } from "./funds-view.ts";
import { createKeyView } from "./key-view.ts";
import { createOutView } from "./out-view.ts";

const { store, desk } = createChainPage((node) => node.payments.status());

const funds = createFundsView({
  fund: (deposit, reserve) => desk.send("Add funds", ({ payments }, how) => payments.deposit({ deposit, reserve }, how)),
  share: (recipients) =>
    desk.send("Change who shares the reserve", ({ payments }, how) => payments.setReserveRecipients(recipients, how)),
});
const key = createKeyView({
  approve: (request) => desk.send("Approve the session key", ({ payments }, how) => payments.approve(request, how)),
  revoke: () => void desk.send("Revoke the session key", ({ payments }, how) => payments.revoke(how)),
});
const out = createOutView({
  unlock: () => void desk.send("Unlock", ({ payments }, how) => payments.unlock(how)),
  cancelUnlock: () => void desk.send("Keep the funds", ({ payments }, how) => payments.cancelUnlock(how)),
  withdraw: () => void desk.send("Withdraw", ({ payments }, how) => payments.withdraw(how)),
});

store.subscribe(({ status, network, pace }) => {
  const unit = network?.currency ?? "";
  funds(status, unit);
  key(status, unit, pace);
  out(status, pace);
});
await desk.start();
