// The round: how much of it has passed, and how much time is left.

import type { Round } from "@headwater/light-node";

import { need, text } from "../dom.ts";
import { about } from "./money.ts";

/** What is left of a round. */
export function roundWords(round: Round, pace: number | undefined): string {
  if (!round.initialized) return "Nobody has begun it yet: until somebody does, most transactions are refused.";
  const left = `${round.blocksLeft} of ${round.length} blocks left`;
  return pace === undefined ? left : `${left}, ${about(round.blocksLeft * pace)}`;
}

/** When a round that lies ahead begins: `"in round 12, about 3 min"`. */
export function untilRound(wanted: number, round: Round, pace: number | undefined): string {
  const rounds = wanted - round.number;
  if (rounds <= 0) return "now";
  const blocks = round.blocksLeft + (rounds - 1) * round.length;
  return pace === undefined ? `in round ${wanted}` : `in round ${wanted}, ${about(blocks * pace)} from now`;
}

/** The box with the round. */
export function createRoundView(): (round: Round | undefined, pace: number | undefined) => void {
  const number = need("round-number", HTMLElement);
  const words = need("round-words", HTMLElement);
  const bar = need("round-bar", HTMLElement);
  return (round, pace) => {
    text(number, round ? String(round.number) : "–");
    text(words, round ? roundWords(round, pace) : "");
    const passed = round && round.length > 0 ? 1 - round.blocksLeft / round.length : 0;
    bar.style.setProperty("--part", passed.toFixed(4));
  };
}
