// State stays where it is: what an upgraded contract finds in its slots is what the one before put there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { built, CONTRACTS, FOLDER, written } from "../tool/layout.mjs";

for (const contract of CONTRACTS) {
  test(`${contract} keeps its state where layout/${contract}.txt says`, () => {
    const remedy = "if it only adds, npm run layout says so in git; if it moves, deployed state would be misread";
    assert.equal(written(built(contract)), readFileSync(join(FOLDER, `${contract}.txt`), "utf8"), remedy);
  });
}

test("a variable that takes another's place is noticed", () => {
  const layout = built("TicketBroker");
  const before = written(layout);
  const [first, second, ...rest] = layout.storage;
  assert.ok(first && second);
  const swapped = [{ ...second, slot: first.slot, offset: first.offset }, { ...first, slot: second.slot, offset: second.offset }];
  assert.notEqual(written({ ...layout, storage: [...swapped, ...rest] }), before);
  const grown = Object.entries(layout.types).map(([id, type]) =>
    type.members ? [id, { ...type, members: type.members.toReversed() }] : [id, type],
  );
  assert.notEqual(written({ ...layout, types: Object.fromEntries(grown) }), before, "nor within a struct");
});
