// What is said over the picture: waiting, reconnecting, ended, failed, or which stream to watch.

import { need, show, text } from "../dom.ts";
import { secondsLeft } from "../format.ts";
import { fromPasted } from "../link.ts";
import type { State } from "./state.ts";

/** The words over the stage. */
export interface Words {
  readonly title: string;
  readonly detail: string;
  readonly step: string | undefined;
}

/** What stands over the picture in `state`; nothing while it plays. */
export function words(state: State, now: number): Words | undefined {
  const { phase } = state;
  switch (phase.at) {
    case "live":
      return undefined;
    case "nowhere":
      return {
        title: "Which stream?",
        detail: "Open the link you were given, or paste it here.",
        step: undefined,
      };
    case "connecting":
      return { title: "Connecting…", detail: "", step: undefined };
    case "waiting":
      return phase.before
        ? {
            title: "Off air",
            detail: "The broadcast has ended or is taking a break. If it comes back, it starts by itself.",
            step: undefined,
          }
        : {
            title: "Not live yet",
            detail: "Keep this page open: the stream starts by itself.",
            step: undefined,
          };
    case "reconnecting": {
      const left = secondsLeft(phase.retryAt, now);
      const when = left > 0 ? `Trying again in ${left} s.` : "Trying again now.";
      return { title: phase.problem.title, detail: `${when} ${phase.problem.remedy}`, step: undefined };
    }
    case "ended":
      return {
        title: "The broadcast has ended",
        detail: "Thank you for watching.",
        step: "Wait for the next one",
      };
    case "failed":
      return {
        title: phase.problem.title,
        detail: `${phase.problem.message} ${phase.problem.remedy}`,
        step: phase.problem.label,
      };
  }
}

/** The veil over the stage and the badge in its corner. */
export function createStageView(intents: { again(): void; open(stream: string): void }) {
  const veil = need("veil", HTMLDivElement);
  const ripple = need("ripple", HTMLSpanElement);
  const title = need("veil-title", HTMLElement);
  const detail = need("veil-text", HTMLParagraphElement);
  const step = need("veil-step", HTMLButtonElement);
  const find = need("find", HTMLFormElement);
  const badge = need("badge", HTMLParagraphElement);
  const badgeText = need("badge-text", HTMLSpanElement);
  step.addEventListener("click", () => intents.again());
  askForLink(find, intents.open);

  return (state: State, now: number) => {
    const { phase } = state;
    document.body.dataset.phase = phase.at;
    const shown = words(state, now);
    show(veil, shown !== undefined);
    show(ripple, phase.at === "connecting" || phase.at === "waiting");
    text(title, shown?.title ?? "");
    text(detail, shown?.detail ?? "");
    show(detail, (shown?.detail ?? "") !== "");
    show(step, shown?.step !== undefined);
    text(step, shown?.step ?? "");
    show(find, phase.at === "nowhere");
    const label = badgeLabel(state);
    show(badge, label !== undefined);
    badge.dataset.live = String(label === "Live");
    text(badgeText, label ?? "");
  };
}

function badgeLabel({ phase, paused }: State): string | undefined {
  if (phase.at === "reconnecting") return "Reconnecting";
  if (phase.at !== "live") return undefined;
  return paused ? "Paused" : "Live";
}

function askForLink(form: HTMLFormElement, open: (stream: string) => void): void {
  const field = need("pasted", HTMLInputElement);
  const wrong = need("find-objection", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const stream = fromPasted(field.value);
    text(
      wrong,
      stream ? "" : "That is no stream link. It looks like 0x…/studio, with 40 digits after the 0x.",
    );
    field.setAttribute("aria-invalid", String(stream === undefined));
    if (stream) open(stream.id);
    else field.focus();
  });
}
