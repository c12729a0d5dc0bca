// What the stake page says about locks and about whom to bond to.

import type { Orchestrator, StakeStatus, UnbondingLock } from "@headwater/light-node";

import { figure } from "../chain/money.ts";
import { untilRound } from "../chain/round-view.ts";
import { shortAddress } from "../format.ts";

/** What stands beside stake that is being taken out. */
export function lockWords(lock: UnbondingLock, { round }: StakeStatus, pace: number | undefined): string {
  return lock.withdrawRound <= round.number ? "Free" : `Free ${untilRound(lock.withdrawRound, round, pace)}`;
}

/** Whether it can be withdrawn. */
export function isFree(lock: UnbondingLock, { round }: StakeStatus): boolean {
  return lock.withdrawRound <= round.number;
}

/** With whom the stake is, and since or from when it earns. */
export function delegateWords({ delegate, startRound, round, orchestrator, account }: StakeStatus): string {
  if (delegate === undefined) return "With nobody yet.";
  const who = orchestrator && delegate === account ? "With yourself" : `With ${shortAddress(delegate)}`;
  return startRound > round.number ? `${who}; earns from round ${startRound} on.` : `${who}.`;
}

/** What bonding does in the form's own words. */
export function bondLabel(chosen: string | undefined, status: StakeStatus | undefined, token: string): string {
  if (chosen === undefined) return "Choose an orchestrator above, then how much to bond";
  const more = status?.delegate !== undefined && status.pendingStake > 0n;
  if (!more) return `Bond to ${shortAddress(chosen)}, in ${token}`;
  if (status.delegate === chosen) return `Add to your stake with ${shortAddress(chosen)}, in ${token}`;
  return `Bond more, and move all of it (${figure(status.pendingStake)} ${token}) to ${shortAddress(chosen)}`;
}

/** Whether all stake may be moved to the chosen one. */
export function canMove(chosen: string | undefined, status: StakeStatus | undefined): boolean {
  return (
    chosen !== undefined &&
    status?.delegate !== undefined &&
    status.delegate !== chosen &&
    status.pendingStake > 0n &&
    !status.orchestrator
  );
}

/** A service's address for people: only what leads to a web server, without anything that could mislead. */
export function serviceLink(uri: string): { readonly href: string; readonly text: string } | undefined {
  try {
    const { protocol, host, origin, username } = new URL(uri);
    const web = protocol === "https:" || protocol === "http:";
    return web && username === "" ? { href: origin, text: host } : undefined;
  } catch {
    return undefined;
  }
}

/** How wide its stake is drawn, beside the widest. */
export function width(one: Orchestrator, all: readonly Orchestrator[]): number {
  const most = all.reduce((top, { stake }) => (stake > top ? stake : top), 1n);
  return Number((one.stake * 1000n) / most) / 1000;
}
