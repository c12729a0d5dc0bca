// Wallets that announce themselves: any script of a page may.

import assert from "node:assert/strict";
import { test } from "node:test";

import { discover } from "@headwater/light-node";

const provider = { request: async () => null };
const ICON = "data:image/svg+xml;base64,PHN2Zy8+";

/** A window with wallets that announce themselves when asked. */
function page(...announcements) {
  const target = new EventTarget();
  target.announce = (detail) => target.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  target.addEventListener("eip6963:requestProvider", () => announcements.forEach(target.announce));
  return target;
}
const wallet = (uuid, more = {}) => ({ info: { uuid, name: `Wallet ${uuid}`, icon: ICON, ...more }, provider });

test("announced wallets are found, those too that come later, each once", () => {
  const place = page(wallet("a"), wallet("b"), wallet("a", { name: "Copy" }));
  const wallets = discover(place);
  assert.deepEqual(
    wallets.list.map(({ id, name }) => [id, name]),
    [
      ["a", "Wallet a"],
      ["b", "Wallet b"],
    ],
  );
  let told;
  wallets.addEventListener("change", ({ detail }) => (told = detail.length));
  place.announce(wallet("c"));
  assert.equal(told, 3);
  wallets.stop();
  place.announce(wallet("d"));
  assert.equal(wallets.list.length, 3);
});

test("window.ethereum is a wallet where none announces itself", () => {
  const place = Object.assign(page(), { ethereum: provider });
  assert.deepEqual(
    discover(place).list.map(({ id, provider: own }) => [id, own === provider]),
    [["injected", true]],
  );
  const both = Object.assign(page(wallet("a")), { ethereum: provider });
  assert.deepEqual(
    discover(both).list.map(({ id }) => id),
    ["a"],
  );
});

test("an icon is a small image in a data: URL, or none", () => {
  const icons = [
    "https://example.org/spy.png",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,".padEnd(65_537, "A"),
    7,
    undefined,
  ];
  const found = discover(page(...icons.map((icon, i) => wallet(String(i), { icon })))).list;
  assert.equal(found.length, icons.length);
  for (const { id, icon } of found) assert.equal(icon, undefined, `icon ${id}`);
  assert.equal(discover(page(wallet("a"))).list[0].icon, ICON);
});

test("what is no announcement is none, and nobody floods the list", () => {
  const nonsense = [undefined, {}, { info: {} }, { info: { uuid: "x" } }, { info: { uuid: 1 }, provider }, { provider }];
  assert.deepEqual(discover(page(...nonsense)).list, []);
  const many = Array.from({ length: 500 }, (_, i) => wallet(String(i), { name: "n".repeat(10_000) }));
  const { list } = discover(page(...many));
  assert.equal(list.length, 24);
  assert.ok(list.every(({ name }) => name.length <= 48));
});

test("where there is no window there are no wallets", () => {
  assert.deepEqual(discover().list, []);
});
