// The picture of one source running out into its renditions, each as wide as its bitrate: first as asked for,
// then as the orchestrator makes them.

import { make, need, svg, text } from "../dom.ts";
import { bitrate, size } from "../format.ts";
import { CHOICES, fits } from "./ladder.ts";
import { type Band, bands } from "./river.ts";
import type { Rendition, State } from "./state.ts";

/** A rendition's row and the gap after it, in CSS pixels; the style sheet agrees. */
const ROW = 50;
const GAP = 8;

/** The drawing. It changes only when what it shows does. */
export function createDelta(): (state: State) => void {
  const section = need("outlets", HTMLElement);
  const title = need("outlets-title", HTMLElement);
  const host = need("delta", HTMLDivElement);
  let drawn = "";
  return (state) => {
    const live = state.since !== undefined;
    const rungs = live ? state.renditions.filter(({ name }) => name !== "source") : wished(state);
    const wide = size(state.sent?.width ?? state.picture?.width, state.sent?.height ?? state.picture?.height);
    section.dataset.live = String(live && rungs.length > 0);
    text(title, live ? "What viewers can pick" : "What viewers will be able to pick");
    const now = JSON.stringify([live, rungs, wide, state.renditions.length]);
    if (now === drawn) return;
    drawn = now;
    const outlets =
      rungs.length > 0 ? [streams(rungs), mouths(rungs)] : [none(live && state.renditions.length === 0)];
    host.replaceChildren(spring(wide), ...outlets);
  };
}

function wished(state: State): Rendition[] {
  return CHOICES.filter((choice) => state.ladder.has(choice.preset) && fits(choice, state.picture)).map(
    (choice) => choice,
  );
}

function spring(wide: string): HTMLElement {
  const box = make("div", "spring", "Source");
  box.append(make("small", "", wide === "–" ? "as you send it" : wide));
  return box;
}

function none(soon: boolean): HTMLElement {
  return make(
    "p",
    "hint",
    soon ? "Renditions appear with the first pictures." : "Only the source: no rendition was asked for.",
  );
}

function mouths(rungs: readonly Rendition[]): HTMLElement {
  const list = make("ul", "mouths");
  for (const rung of rungs) {
    const item = make("li", "mouth", rung.name);
    item.append(make("small", "", `${size(rung.width, rung.height)} · ${bitrate(rung.bitrate)}`));
    list.append(item);
  }
  return list;
}

function streams(rungs: readonly Rendition[]): SVGElement {
  const height = rungs.length * (ROW + GAP) - GAP;
  const picture = svg("svg", {
    viewBox: `0 0 100 ${height}`,
    height,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const shape = bands(
    rungs.map((rung) => rung.bitrate),
    ROW,
    GAP,
  );
  const line = (kind: string, { path, width }: Band, share: number) =>
    svg("path", {
      class: kind,
      d: path,
      "stroke-width": (width * share).toFixed(1),
      "vector-effect": "non-scaling-stroke",
    });
  picture.append(
    ...shape.map((band) => line("water", band, 1)),
    ...shape.map((band) => line("current", band, 0.16)),
  );
  return picture;
}
