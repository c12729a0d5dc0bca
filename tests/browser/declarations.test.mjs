// The package's declarations, as an application with strict settings sees them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const sample = fileURLToPath(new URL("sample", import.meta.url));

test("a strict application type-checks against the built package, and its mistakes do not", () => {
  const { status, stdout } = spawnSync(process.execPath, [compiler, "--project", sample], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
