import assert from "node:assert/strict";
import { test } from "node:test";

import { fromFragment, fromPasted, link } from "../src/link.ts";

const ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

test("a shared link leads back to its stream", () => {
  const url = new URL(link(`${ADDRESS}/studio-1.main`, "https://node.example:8443"));
  assert.equal(url.pathname, "/watch/");
  assert.deepEqual(fromFragment(url.hash), {
    id: `${ADDRESS}/studio-1.main`,
    address: ADDRESS,
    name: "studio-1.main",
  });
});

test("a pasted link or a bare stream id is understood", () => {
  assert.equal(fromPasted(` https://elsewhere/watch/#${ADDRESS}/studio \n`)?.name, "studio");
  assert.equal(fromPasted(`${ADDRESS}/studio`)?.name, "studio");
});

test("what names no stream is refused", () => {
  for (const text of [
    "",
    "#",
    `#${ADDRESS}`,
    `#${ADDRESS}/`,
    `#${ADDRESS}/..`,
    `#${ADDRESS}/a/b`,
    "#0x12/studio",
    `#${ADDRESS}/a b`,
    `#${ADDRESS}/${"x".repeat(65)}`,
  ]) {
    assert.equal(fromFragment(text), undefined, text);
  }
});
