// Reads what `test/model/Trace.sol` writes.

/** In the order of `Kind`, each with the words that follow. @type {Array<[string, string[]]>} */
const KINDS = [
  ["network", ["users", "poolSize", "minSelfBond", "unbondingPeriod", "inflation", "inflationChange", "target", "supply"]],
  ["round", ["round", "mintable"]],
  ["bond", ["owner", "to", "amount", "left"]],
  ["unbond", ["owner", "amount", "left"]],
  ["rebond", ["owner", "to", "id"]],
  ["transfer", ["giver", "taker", "amount", "left"]],
  ["reward", ["worker", "minted"]],
  ["fees", ["worker", "amount"]],
  ["rates", ["worker", "rewardCut", "feeShare"]],
  ["slash", ["worker", "share", "finderFee", "paid", "burned", "left"]],
  ["withdrawStake", ["owner", "id", "amount"]],
  ["claim", ["owner"]],
  ["withdrawFees", ["owner", "amount"]],
  ["treasuryCut", ["cut"]],
  ["poolSize", ["size"]],
  ["totals", ["supply", "treasury", "currentTotal", "nextTotal"]],
  ["account", ["user", "delegate", "stake", "fees", "pool", "votes", "active", "past", "pastVotes"]],
];

export const STEPS = KINDS.map(([kind]) => kind);

/** @typedef {{ kind: string, words: Record<string, bigint> }} Step */

/** @param {string} text @returns {Step[]} */
export function read(text) {
  return text.trim().split("\n").map(step);
}

/** @param {string} line @returns {Step} */
function step(line) {
  const words = (line.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));
  const [kind, names] = KINDS[Number(words[0])] ?? ["", []];
  if (!kind || words.length !== names.length + 1) throw new Error(`not a step: ${line}`);
  return { kind, words: Object.fromEntries(names.map((name, i) => [name, words[i + 1] ?? 0n])) };
}
