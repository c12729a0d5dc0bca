// Saying changes of state to those who do not see them.

import { need, text } from "./dom.ts";

/** Speaks each new sentence once, politely. */
export function createAnnouncer(): (sentence: string) => void {
  const region = need("announcement", HTMLParagraphElement);
  return (sentence) => text(region, sentence);
}
