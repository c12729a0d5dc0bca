import assert from "node:assert/strict";
import { test } from "node:test";

import { describeProblem } from "../src/problem.ts";

const error = (code: string, detail = "") => ({
  code,
  detail,
  message: detail === "" ? "it broke" : `it broke: ${detail}`,
  remedy: "mend it",
});

test("every failure names one thing to do", () => {
  assert.equal(describeProblem(error("name_taken")).step, "rename");
  assert.equal(describeProblem(error("no_camera")).step, "use-screen");
  assert.equal(describeProblem(error("unsupported_browser")).step, "reload");
  for (const code of ["camera_denied", "server_unreachable", "webrtc_blocked", "a_code_from_the_future"]) {
    const problem = describeProblem(error(code));
    assert.deepEqual([problem.step, problem.label], ["retry", "Try again"], code);
    assert.notEqual(problem.title, "");
  }
});

test("message and remedy become sentences", () => {
  const problem = describeProblem(error("camera_denied"));
  assert.deepEqual([problem.message, problem.remedy], ["It broke.", "Mend it."]);
});

test("the browser's own words are left out where they add nothing", () => {
  assert.equal(describeProblem(error("camera_denied", "Permission denied")).message, "It broke.");
  assert.equal(
    describeProblem(error("invalid_argument", "no such preset")).message,
    "It broke: no such preset.",
  );
});

test("what only a page's builder could mend is not asked of its visitor", () => {
  const problem = describeProblem(error("load_failed"));
  assert.equal(problem.step, "reload");
  assert.match(problem.remedy, /^Reload the page/);
});

test("a stranger's error is shown as a defect, with its words", () => {
  const problem = describeProblem(new TypeError("x is undefined"));
  assert.deepEqual([problem.code, problem.message], ["internal", "X is undefined."]);
  assert.equal(describeProblem("plain text").message, "Plain text.");
});
