// A failure, in words, with the one thing to do about it.

import { need, show, text } from "./dom.ts";
import type { Problem, Step } from "./problem.ts";

/** The box that shows a problem, or hides when there is none; without its step while the page itself acts. */
export function createProblemView(
  act: (step: Step) => void,
): (problem: Problem | undefined, actionable: boolean) => void {
  const box = need("problem", HTMLElement);
  const title = need("problem-title", HTMLElement);
  const message = need("problem-message", HTMLElement);
  const remedy = need("problem-remedy", HTMLElement);
  const button = need("problem-step", HTMLButtonElement);
  let step: Step | undefined;
  button.addEventListener("click", () => {
    if (step) act(step);
  });
  return (problem, actionable) => {
    step = problem?.step;
    const fresh = problem !== undefined && box.hidden;
    show(box, problem !== undefined);
    box.dataset.code = problem?.code ?? "";
    text(title, problem?.title ?? "");
    text(message, problem?.message ?? "");
    text(remedy, problem?.remedy ?? "");
    show(button, actionable);
    text(button, problem?.label ?? "");
    // On a phone the box may be above or below what is in view.
    if (fresh) box.scrollIntoView({ block: "nearest" });
  };
}
