// Which rendition suits a place on a page, and which a browser.

import type { Rendition } from "./types.js";

/** The smallest rendition that fills `width` × `height` device pixels, or the largest there is. */
export function bestFit(renditions: readonly Rendition[], width: number, height: number): Rendition | undefined {
  const bySize = [...renditions].sort((a, b) => a.width * a.height - b.width * b.height);
  // Pictures keep their shape, so that one side touches the edge: filling that one is enough. A tenth less shows on no
  // screen, and saves the next rung's bits.
  const fills = ({ width: w, height: h }: Rendition) => w >= width * 0.9 || h >= height * 0.9;
  return bySize.find(fills) ?? bySize.at(-1);
}

/** What this browser can show of these. A rung is made in a codec that it decodes; the source is what it is. */
export function showable(renditions: readonly Rendition[]): readonly Rendition[] {
  const { codecs } = globalThis.RTCRtpReceiver?.getCapabilities?.("video") ?? {};
  if (codecs === undefined) return renditions;
  const known = new Set(codecs.map(({ mimeType }) => mimeType.toLowerCase()));
  const pictures = ["h264", "vp8", "vp9", "av1", "h265"];
  return renditions.filter(
    ({ name, codecs: made }) =>
      name !== "source" || made.every((codec) => !pictures.includes(codec) || known.has(`video/${codec}`)),
  );
}
