// The protocol's clock, as pages show it.

import type { Answers } from "./core.js";

/** A round, and how much of it is left. */
export interface Round {
  /** The present one, whether somebody has initialized it or not. */
  readonly number: number;
  /** Until somebody has, most transactions are refused. */
  readonly initialized: boolean;
  /** In blocks. */
  readonly length: number;
  readonly blocksLeft: number;
  /** How many rounds after asking deposit and reserve can be withdrawn. */
  readonly unlockPeriod: number;
  /** How many rounds after unbonding stake can be withdrawn. */
  readonly unbondingPeriod: number;
}

/** @internal */
export function round(rounds: Answers["rounds"]): Round {
  const [start, length, block] = [rounds.startBlock, rounds.length, rounds.block].map(Number) as [number, number, number];
  return {
    number: Number(rounds.round),
    initialized: rounds.initialized,
    length,
    blocksLeft: Math.min(length, Math.max(0, start + length - block)),
    unlockPeriod: Number(rounds.unlockPeriod),
    unbondingPeriod: Number(rounds.unbondingPeriod),
  };
}
