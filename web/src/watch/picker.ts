// The choice among renditions.

import { make, need, text } from "../dom.ts";
import { size } from "../format.ts";
import type { Rendition, State } from "./state.ts";

/** The choice that leaves it to the player's size. */
const AUTO: Rendition = { name: "auto", width: 0, height: 0, bitrate: 0 };

const NAMES: Readonly<Record<string, string>> = { auto: "Auto", source: "Source" };

/** The strip of choices; `choose` is called with a rendition's name. */
export function createPicker(choose: (rendition: string) => void): (state: State) => void {
  const host = need("picker", HTMLDivElement);
  const group = need("picker-group", HTMLFieldSetElement);
  let shown = "";
  return (state) => {
    const now = JSON.stringify(state.renditions);
    if (now !== shown) {
      shown = now;
      host.replaceChildren(...[AUTO, ...state.renditions].map((rendition) => createChoice(rendition, choose)));
    }
    group.disabled = state.phase.at !== "live";
    group.hidden = state.renditions.length === 0;
    for (const label of host.querySelectorAll("label")) {
      const box = label.querySelector("input");
      if (!box) continue;
      const chosen = state.switching ?? (state.auto ? AUTO.name : state.playing);
      box.checked = box.value === chosen;
      label.dataset.switching = String(box.value === state.switching);
      label.dataset.playing = String(box.value === state.playing);
    }
  };
}

function createChoice(rendition: Rendition, choose: (name: string) => void): HTMLElement {
  const label = make("label", "");
  label.title = rendition === AUTO ? "What fits this window" : size(rendition.width, rendition.height);
  const box = document.createElement("input");
  box.type = "radio";
  box.name = "rendition";
  box.value = rendition.name;
  box.addEventListener("change", () => choose(rendition.name));
  const face = make("span", "");
  text(face, NAMES[rendition.name] ?? rendition.name);
  label.append(box, face);
  return label;
}
