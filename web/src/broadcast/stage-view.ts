// The preview and what is said over it: state, time on air, countdown to the next try.

import { need, show, text } from "../dom.ts";
import { clock, secondsLeft } from "../format.ts";
import type { State } from "./state.ts";

/** The stage. `now` comes with every render, because clocks on it run by themselves. */
export function createStageView(intents: { open(): void; mute(muted: boolean): void }) {
  const preview = need("preview", HTMLVideoElement);
  const idle = need("idle", HTMLDivElement);
  const idleText = need("idle-text", HTMLParagraphElement);
  const open = need("open-source", HTMLButtonElement);
  const badge = need("badge", HTMLParagraphElement);
  const badgeText = need("badge-text", HTMLSpanElement);
  const ribbon = need("ribbon", HTMLParagraphElement);
  const sound = need("sound", HTMLDivElement);
  const microphone = need("microphone", HTMLButtonElement);
  open.addEventListener("click", () => intents.open());
  microphone.addEventListener("click", () =>
    intents.mute(microphone.getAttribute("aria-pressed") !== "true"),
  );

  return {
    preview,
    render(state: State, now: number) {
      document.body.dataset.phase = state.phase.at;
      preview.dataset.mirrored = String(state.mirrorable && state.mirror);
      show(preview, state.preview === "on");
      show(idle, state.preview !== "on");
      text(idleText, IDLE[state.preview === "asking" ? "asking" : state.source]);
      text(open, OPEN[state.source]);
      show(open, state.preview === "off");
      show(sound, state.preview === "on" && state.microphone !== "none");
      microphone.setAttribute("aria-pressed", String(state.microphone === "muted"));
      const label = badgeLabel(state, now);
      show(badge, label !== undefined);
      badge.dataset.live = String(state.phase.at === "live");
      text(badgeText, label ?? "");
      const trouble = ribbonText(state, now);
      show(ribbon, trouble !== undefined);
      text(ribbon, trouble ?? "");
    },
  };
}

const IDLE = {
  asking: "Waiting for your browser’s permission…",
  camera: "Nothing leaves this page until you go live.",
  screen: "Pick a screen, a window or a tab to show.",
  file: "Pick a video file; it plays in a loop.",
} as const;

const OPEN = { camera: "Turn on the camera", screen: "Choose what to show", file: "Choose a file" } as const;

function badgeLabel(state: State, now: number): string | undefined {
  switch (state.phase.at) {
    case "setup":
      return state.preview === "on" ? "Preview" : undefined;
    case "connecting":
      return "Connecting";
    case "live":
      return `Live ${clock(now - (state.since ?? now))}`;
    case "reconnecting":
      return state.since === undefined ? "Connecting" : "Reconnecting";
  }
}

function ribbonText(state: State, now: number): string | undefined {
  if (state.phase.at !== "reconnecting") return undefined;
  const left = secondsLeft(state.phase.retryAt, now);
  const when = left > 0 ? `Trying again in ${left} s.` : "Trying again now.";
  return `${state.phase.problem.title}. ${when}`;
}
