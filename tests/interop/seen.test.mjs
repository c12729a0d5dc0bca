// The measure itself: what counts as watched, and what does not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertWhole } from "./seen.mjs";

const track = { frames: 75, firstMs: 60, seconds: 2.96 };
const whole = {
  connectMs: 40,
  video: { ...track, sizes: [[426, 240]] },
  audio: { ...track, frames: 148, loudness: 0.05 },
  codecs: ["H264/90000"],
};

test("nearly every picture and piece of sound is what counts as watched", () => {
  assertWhole(whole, [426, 240]);
  assertWhole({ ...whole, video: { ...whole.video, frames: 68 } }, [426, 240]);
});

test("missing pictures, another size, silence and a refusal do not", () => {
  const { video, audio } = whole;
  const refused = { status: 409, problem: { code: "not_live", detail: "" } };
  for (const seen of [
    { ...whole, video: { ...video, frames: 60 } },
    { ...whole, video: { ...video, frames: 1, seconds: 0 } },
    { ...whole, video: { ...video, sizes: [[426, 240], [854, 480]] } },
    { ...whole, video: { ...video, sizes: [] } },
    { ...whole, audio: { ...audio, frames: 100 } },
    { ...whole, audio: { ...audio, loudness: 0 } },
    { ...whole, refused },
  ]) {
    assert.throws(() => assertWhole(seen, [426, 240]), JSON.stringify(seen));
  }
});
