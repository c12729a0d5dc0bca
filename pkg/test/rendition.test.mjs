// Which rendition is picked for a place on a page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bestFit } from "@headwater/light-node";

const rendition = (name, width, height) => ({ name, width, height, codecs: [], bitrate: 0 });
const LADDER = [
  rendition("source", 1280, 720),
  rendition("480p", 854, 480),
  rendition("360p", 640, 360),
  rendition("240p", 426, 240),
];
const fit = (width, height, ladder = LADDER) => bestFit(ladder, width, height)?.name;

test("the smallest that fills the element is enough", () => {
  assert.equal(fit(426, 240), "240p");
  assert.equal(fit(640, 360), "360p");
  assert.equal(fit(800, 450), "480p");
  assert.equal(fit(1280, 720), "source");
});

test("a little less than the element is taken", () => {
  assert.equal(fit(440, 248), "240p");
});

test("an element larger than the source gets the source", () => {
  assert.equal(fit(3840, 2160), "source");
});

test("an upright element is filled across only", () => {
  assert.equal(fit(360, 740), "240p");
});

test("no renditions, no pick", () => {
  assert.equal(fit(640, 360, []), undefined);
});
