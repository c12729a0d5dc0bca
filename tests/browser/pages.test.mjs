// The real pages, by the names that people see.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LIMIT, SOON_MS, theatre } from "./theatre.mjs";
import { broadcast, visitor, watch } from "./visitors.mjs";

const stage = theatre();

test("a visitor goes live, another one watches, and is told when it is over", LIMIT, async (t) => {
  const { page: studio, link } = await broadcast(stage.browser, stage.server.url);
  t.after(() => studio.context().close());
  assert.match(link, /\/watch\/#0x[0-9a-f]{40}\/studio$/i);
  const sofa = await watch(stage.browser, link, "240p");
  t.after(() => sofa.context().close());
  await sofa.waitForFunction(() => globalThis.probe.frames?.some(({ height }) => height === 240), null, { polling: 100 });
  await studio.getByRole("button", { name: "Stop broadcasting" }).click();
  await sofa.getByRole("heading", { name: "Off air" }).waitFor({ timeout: SOON_MS });
  await studio.getByRole("button", { name: "Go live" }).waitFor({ timeout: SOON_MS });
});

test("a denied camera is explained with what to do", LIMIT, async (t) => {
  const page = await visitor(stage.browser);
  t.after(() => page.context().close());
  await page.context().clearPermissions();
  await page.goto(stage.server.url);
  await page.getByRole("button", { name: "Go live" }).click();
  const alert = page.getByRole("alert");
  await alert.getByRole("heading", { name: "Camera or microphone is blocked" }).waitFor({ timeout: SOON_MS });
  assert.match(await alert.innerText(), /site settings/);
});

test("a link to a stream that is not live says so, and no link asks for one", LIMIT, async (t) => {
  const page = await visitor(stage.browser);
  t.after(() => page.context().close());
  await page.goto(`${stage.server.url}/watch/#0x${"12".repeat(20)}/studio`);
  await page.getByRole("heading", { name: "Not live yet" }).waitFor({ timeout: SOON_MS });
  await page.goto(`${stage.server.url}/watch/`);
  await page.reload();
  await page.getByRole("heading", { name: "Which stream?" }).waitFor({ timeout: SOON_MS });
});
