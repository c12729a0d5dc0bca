// How fast a chain's blocks come, learnt from watching it.

/** Where a chain was at a time. */
interface Seen {
  readonly block: number;
  readonly at: number;
}

/** As many looks back as say what blocks take now. */
const LOOKS = 20;
/** Two blocks may come close together by chance. */
const ENOUGH = 3;

/** The seconds from block to block over the last looks; nothing until enough blocks have come. */
export function createPace(): (block: number, at: number) => number | undefined {
  let seen: Seen[] = [];
  return (block, at) => {
    const last = seen.at(-1);
    // A chain that was begun anew.
    if (last && block < last.block) seen = [];
    if (!last || block !== last.block) seen = [...seen, { block, at }].slice(-LOOKS);
    const [first] = seen;
    const newest = seen.at(-1);
    if (!first || !newest || newest.block - first.block < ENOUGH) return undefined;
    return (newest.at - first.at) / 1000 / (newest.block - first.block);
  };
}
