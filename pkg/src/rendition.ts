// Which rendition suits a place on a page.

import type { Rendition } from "./types.js";

/** The smallest rendition that fills `width` × `height` device pixels, or the largest there is. */
export function bestFit(renditions: readonly Rendition[], width: number, height: number): Rendition | undefined {
  const bySize = [...renditions].sort((a, b) => a.width * a.height - b.width * b.height);
  // Pictures keep their shape, so that one side touches the edge: filling that one is enough. A tenth less shows on no
  // screen, and saves the next rung's bits.
  const fills = ({ width: w, height: h }: Rendition) => w >= width * 0.9 || h >= height * 0.9;
  return bySize.find(fills) ?? bySize.at(-1);
}
