// A wallet, an indexer or a script that speaks the deployed Livepeer protocol's interface works against ours.
//
// `fixtures/livepeer-interface.md` lists that interface, a function, event or error a line.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const FIXTURE = readFileSync(join(import.meta.dirname, "fixtures/livepeer-interface.md"), "utf8");

/** What theirs are called here. @type {Record<string, string>} */
const OURS = {
  LivepeerToken: "HeadwaterToken",
  LivepeerGovernor: "HeadwaterGovernor",
  LivepeerTokenFaucet: "Faucet",
};

/** TicketBroker's getTicketHash has their signature and another value: it is that of typed data. */

/** What ours has in the form of another OpenZeppelin version, and why each is not as theirs. @type {Record<string, string[]>} */
const EXCEPTIONS = {
  LivepeerGovernor: [
    // OpenZeppelin 5 takes signatures as bytes, so that contracts can sign, and names the voter.
    "function castVoteBySig(uint256,uint8,uint8,bytes32,bytes32) returns (uint256)",
    "function castVoteWithReasonAndParamsBySig(uint256,uint8,string,bytes,uint8,bytes32,bytes32) returns (uint256)",
    // OpenZeppelin 5 counts its versions in 64 bits, and rounds in 48 and 32.
    "event Initialized(uint8)",
    "function setVotingDelay(uint256)",
    "function setVotingPeriod(uint256)",
  ],
  Treasury: [
    // OpenZeppelin 5 has no such role: DEFAULT_ADMIN_ROLE is the admin.
    "function TIMELOCK_ADMIN_ROLE() view returns (bytes32)",
  ],
};

for (const section of FIXTURE.split(/^## /m).slice(1)) {
  const [theirs = "", ...lines] = section.split("\n");
  const ours = OURS[theirs] ?? theirs;
  const file = join(import.meta.dirname, `../abi/${ours}.json`);
  test(`${ours} has what ${theirs} has`, { skip: existsSync(file) ? false : `${ours} is not built yet` }, () => {
    const present = new Set(JSON.parse(readFileSync(file, "utf8")).map(signature));
    const wanted = lines.map((line) => line.trim()).filter((line) => /^(function|event) /.test(line));
    assert.ok(wanted.length > 0, "the fixture lists something");
    const allowed = new Set(EXCEPTIONS[theirs] ?? []);
    const missing = wanted.map(canonical).filter((line) => !present.has(line) && !allowed.delete(line));
    assert.deepEqual(missing, []);
    assert.deepEqual([...allowed], [], "exceptions that are none");
  });
}

test("a signature that is not there is noticed", () => {
  const present = new Set([signature({ type: "function", name: "bond", inputs: [], outputs: [], stateMutability: "view" })]);
  assert.ok(!present.has(canonical("function bond(uint256 _amount, address _to)")));
});

/**
 * An ABI's entry as a line: types alone, no names.
 * @param {{ type: string, name?: string, inputs?: Parameter[], outputs?: Parameter[], stateMutability?: string }} entry
 */
function signature({ type, name, inputs = [], outputs = [], stateMutability = "" }) {
  const arguments_ = inputs.map((input) => written(input) + (input.indexed ? " indexed" : ""));
  const head = `${type} ${name}(${arguments_.join(",")})`;
  if (type !== "function") return head;
  // Who calls a view calls a pure function in the same way.
  const kind = stateMutability === "nonpayable" ? "" : ` ${stateMutability.replace("pure", "view")}`;
  return head + kind + (outputs.length > 0 ? ` returns (${outputs.map(written).join(",")})` : "");
}

/** @typedef {{ type: string, indexed?: boolean, components?: Parameter[] }} Parameter @param {Parameter} parameter @returns {string} */
function written({ type, components }) {
  return type.replace("tuple", components ? `(${components.map(written).join(",")})` : "");
}

/** A line of the fixture in the same form. @param {string} line */
function canonical(line) {
  const indexed = line.startsWith("event");
  // Each parameter is a type, perhaps "indexed", perhaps a name.
  const bare = line.replace(/([\w\])]+(?:\[\])*)(?: (indexed))?(?: (_?\w+))?(?=[,)])/g, (_, type, mark) =>
    type + (indexed && mark ? " indexed" : ""),
  );
  return bare.replaceAll(", ", ",").replace(") pure", ") view");
}
