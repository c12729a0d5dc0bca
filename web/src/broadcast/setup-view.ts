// The form before a broadcast: source, devices, name, ladder, and the button.

import { make, need, show, text } from "../dom.ts";
import { bitrate } from "../format.ts";
import { CHOICES, fits } from "./ladder.ts";
import { objection } from "./name.ts";
import { type Source, type State, isBroadcasting } from "./state.ts";
import type { Part } from "./studio.ts";

/** What the person at the form does. */
export interface Intents {
  source(source: Source): void;
  device(part: Part): void;
  mirror(on: boolean): void;
  file(file: File): void;
  rung(preset: string, wanted: boolean): void;
  goLive(): void;
  cancel(): void;
}

/** The form. */
export interface SetupView {
  readonly camera: HTMLSelectElement;
  readonly voice: HTMLSelectElement;
  readonly file: HTMLInputElement;
  readonly name: string;
  /** Says what is wrong with the name, or nothing; true if it can be used. */
  checkName(): boolean;
  focusName(): void;
  render(state: State): void;
}

/** The form, with `name` filled in. */
export function createSetupView(name: string, intents: Intents): SetupView {
  const form = need("setup", HTMLFormElement);
  const camera = need("camera", HTMLSelectElement);
  const voice = need("voice", HTMLSelectElement);
  const file = need("file", HTMLInputElement);
  const nameField = need("name", HTMLInputElement);
  const nameObjection = need("name-objection", HTMLElement);
  const goLive = need("go-live", HTMLButtonElement);
  const cancel = need("cancel", HTMLButtonElement);
  const mirror = need("mirror", HTMLInputElement);
  const rungs = CHOICES.map((choice) =>
    createRung(choice.preset, choice.name, bitrate(choice.bitrate), intents),
  );
  need("ladder", HTMLDivElement).append(...rungs.map((rung) => rung.label));
  nameField.value = name;

  // What is decided before going live, and stands from then on.
  const plan = [...form.querySelectorAll<HTMLElement>("[data-plan]")];
  const sources = [...form.querySelectorAll<HTMLInputElement>("input[name=source]")];
  for (const radio of sources) radio.addEventListener("change", () => intents.source(radio.value as Source));
  camera.addEventListener("change", () => intents.device("picture"));
  voice.addEventListener("change", () => intents.device("voice"));
  mirror.addEventListener("change", () => intents.mirror(mirror.checked));
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) intents.file(chosen);
  });
  const checkName = () => {
    const wrong = objection(nameField.value);
    text(nameObjection, wrong ?? "");
    nameField.setAttribute("aria-invalid", String(wrong !== undefined));
    return wrong === undefined;
  };
  nameField.addEventListener("input", checkName);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (checkName()) intents.goLive();
    else nameField.focus();
  });

  cancel.addEventListener("click", () => intents.cancel());

  return {
    camera,
    voice,
    file,
    get name() {
      return nameField.value;
    },
    checkName,
    focusName() {
      nameField.focus();
      nameField.select();
    },
    render(state) {
      const busy = isBroadcasting(state);
      const onAir = state.since !== undefined;
      const source = state.switching ?? state.source;
      for (const part of plan) show(part, !onAir);
      show(cancel, busy);
      for (const radio of sources) {
        radio.checked = radio.value === source;
        // Not while switching: what is disabled loses the keyboard.
        radio.disabled = busy && !onAir;
      }
      for (const menu of [camera, voice]) menu.disabled = busy && !onAir;
      show(need("camera-field", HTMLLabelElement), source === "camera");
      show(need("devices", HTMLDivElement), source !== "file");
      show(need("file-field", HTMLLabelElement), source === "file");
      show(need("mirror-field", HTMLLabelElement), source === "camera" && state.mirrorable);
      mirror.checked = state.mirror;
      for (const [i, choice] of CHOICES.entries()) {
        const possible = fits(choice, state.picture);
        rungs[i]?.set(state.ladder.has(choice.preset) && possible, possible && !busy, possible);
      }
      nameField.readOnly = busy;
      goLive.disabled = busy;
      text(goLive, busy ? "Connecting…" : "Go live");
    },
  };
}

function createRung(preset: string, name: string, detail: string, intents: Intents) {
  const label = make("label", "");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = preset;
  const face = make("span", "", name);
  const small = make("small", "", detail);
  face.append(small);
  label.append(box, face);
  box.addEventListener("change", () => intents.rung(preset, box.checked));
  return {
    label,
    set(checked: boolean, enabled: boolean, possible: boolean) {
      box.checked = checked;
      box.disabled = !enabled;
      label.dataset.possible = String(possible);
      text(small, possible ? detail : "too large");
    },
  };
}
