// What a transaction does, in words, before the wallet opens: the visitor agrees here or nothing is sent.

import type { Words } from "@headwater/light-node";

import { make, need, show, text } from "../dom.ts";

/** Shows words in the page's dialog; resolves with whether they were agreed to. Escape and the backdrop mean no. */
export function createWordsDialog(): (words: Words) => Promise<boolean> {
  const dialog = need("words", HTMLDialogElement);
  const title = need("words-title", HTMLElement);
  const list = need("words-list", HTMLElement);
  const warns = need("words-warns", HTMLElement);
  const agree = need("words-agree", HTMLButtonElement);
  const decline = need("words-decline", HTMLButtonElement);
  let settle: ((agreed: boolean) => void) | undefined;
  // Not the dialog's return value, which browsers keep from one time to the next.
  let agreed = false;

  dialog.addEventListener("close", () => {
    settle?.(agreed);
    settle = undefined;
  });
  agree.addEventListener("click", () => {
    agreed = true;
    dialog.close();
  });
  decline.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return (words) => {
    // Two at once cannot be read at once.
    if (settle) return Promise.resolve(false);
    text(title, words.title);
    list.replaceChildren(...words.sentences.map((sentence) => make("p", "", sentence)));
    warns.replaceChildren(...words.warns.map((warning) => make("p", "", warning)));
    show(warns, words.warns.length > 0);
    agreed = false;
    dialog.showModal();
    dialog.scrollTop = 0;
    return new Promise((resolve) => (settle = resolve));
  };
}
