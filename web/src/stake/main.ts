// The stake page: the orchestrators there are, and what one has bonded to them.

import type { LightNode, Orchestrator } from "@headwater/light-node";

import { createChainPage } from "../chain/page.ts";
import { describeProblem } from "../problem.ts";
import { createBondView } from "./bond-view.ts";
import { createMineView } from "./mine-view.ts";
import { type Pool, createTableView } from "./table-view.ts";

let node: LightNode | undefined;
let pool: Pool = { found: [], reading: true, chosen: undefined };
let readRound: number | undefined;
let reading: AbortController | undefined;

const { store, desk } = createChainPage(
  (own) => own.stake.status(),
  (ready) => {
    node = ready;
    void readPool();
  },
);
const table = createTableView((chosen) => {
  pool = { ...pool, chosen };
  render();
});
const bond = createBondView({
  bond: async (amount, to) => again(desk.send("Bond", ({ stake }, how) => stake.bond({ amount, to }, how))),
  move: (to) => void again(desk.send("Move stake", ({ stake }, how) => stake.move({ to }, how))),
});
const mine = createMineView({
  claim: () => void desk.send("Claim earnings", ({ stake }, how) => stake.claim(how)),
  withdrawFees: (amount) =>
    void desk.send("Withdraw fees", ({ stake }, how) => stake.withdrawFees({ amount }, how)),
  unbond: (amount) => again(desk.send("Unbond", ({ stake }, how) => stake.unbond({ amount }, how))),
  withdraw: (lock) => void desk.send("Withdraw stake", ({ stake }, how) => stake.withdraw({ lock }, how)),
  rebond: (lock) => void again(desk.send("Bond again", ({ stake }, how) => stake.rebond(rebonding(lock), how))),
});

/** Who has nothing bonded any more bonds again to whom the table says. */
function rebonding(lock: number): { lock: number; to?: string } {
  const to = store.state.status?.delegate === undefined ? pool.chosen : undefined;
  return to === undefined ? { lock } : { lock, to };
}

/** What changes stakes changes the table. */
async function again(sent: Promise<boolean>): Promise<boolean> {
  const done = await sent;
  if (done) await readPool();
  return done;
}

async function readPool(): Promise<void> {
  const own = node;
  if (!own) return;
  reading?.abort();
  const abort = new AbortController();
  reading = abort;
  const found: Orchestrator[] = [];
  // What is on the page stays until the new list is whole; the first one grows before one's eyes.
  const first = pool.found.length === 0;
  try {
    for await (const one of own.stake.orchestrators(abort.signal)) {
      found.push(one);
      if (first) set({ found: [...found], reading: true });
    }
    if (reading === abort) set({ found, reading: false });
  } catch (error) {
    if (reading !== abort) return;
    set({ reading: false });
    store.dispatch({ type: "problem", problem: describeProblem(error) });
  }
}

function set(change: Partial<Pool>): void {
  pool = { ...pool, ...change };
  const { chosen, found } = pool;
  // The only one there is needs no choice.
  if (chosen === undefined && !pool.reading && found.length === 1) pool = { ...pool, chosen: found[0]?.address };
  render();
}

function render(): void {
  const { status, network, pace } = store.state;
  const units = { token: network?.token ?? "", currency: network?.currency ?? "" };
  table(pool, status, units.token);
  bond(pool.chosen, status, units.token);
  mine(status, units, pace);
}

store.subscribe((state) => {
  render();
  const round = state.status?.round.number;
  if (round !== undefined && round !== readRound) {
    if (readRound !== undefined) void readPool();
    readRound = round;
  }
});
await desk.start();
