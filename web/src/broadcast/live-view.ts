// The panel of a running broadcast: link, what is sent, what comes out of it, stop.

import { need, show, text } from "../dom.ts";
import { bitrate, latency, rate, size } from "../format.ts";
import { link } from "../link.ts";
import { createPlot } from "../plot.ts";
import type { State } from "./state.ts";

/** The panel. */
export function createLiveView(origin: string, intents: { stop(): void }) {
  const panel = need("live", HTMLElement);
  const ending = need("ending", HTMLElement);
  const shareLink = need("share-link", HTMLInputElement);
  const openLink = need("open-link", HTMLAnchorElement);
  const figures = {
    bitrate: need("bitrate", HTMLOutputElement),
    fps: need("fps", HTMLOutputElement),
    picture: need("picture", HTMLElement),
    rtt: need("rtt", HTMLElement),
    lost: need("lost", HTMLElement),
    uplink: need("uplink", HTMLElement),
  };
  const limit = need("limit", HTMLParagraphElement);
  const notice = need("notice", HTMLParagraphElement);
  const plotBitrate = createPlot(need("bitrate-plot", HTMLDivElement), {
    label: "Bitrate sent",
    floor: 500_000,
    write: bitrate,
  });
  const plotRate = createPlot(need("fps-plot", HTMLDivElement), {
    label: "Frame rate sent",
    floor: 30,
    write: rate,
  });
  need("stop", HTMLButtonElement).addEventListener("click", () => intents.stop());
  shareLink.addEventListener("focus", () => shareLink.select());
  offerCopy(need("copy-link", HTMLButtonElement), shareLink);

  return (state: State) => {
    show(panel, state.since !== undefined);
    show(ending, state.since !== undefined);
    const address = state.stream === undefined ? "" : link(state.stream, origin);
    if (shareLink.value !== address) shareLink.value = address;
    if (address !== "") openLink.href = address;
    // What was measured before an interruption is not so now.
    const sent = state.phase.at === "live" ? state.sent : undefined;
    text(figures.bitrate, sent ? bitrate(sent.bitrate) : "–");
    text(figures.fps, sent ? rate(sent.fps) : "–");
    text(figures.picture, size(sent?.width, sent?.height));
    text(figures.rtt, sent?.rtt === undefined ? "–" : latency(sent.rtt));
    text(figures.uplink, sent?.uplink === undefined ? "–" : bitrate(sent.uplink));
    text(figures.lost, sent ? String(sent.packetsLost) : "–");
    const reason = state.limitedFor >= PATIENCE ? LIMITS[sent?.limitedBy ?? ""] : undefined;
    show(limit, reason !== undefined);
    text(limit, reason ?? "");
    show(notice, state.notice !== undefined);
    text(notice, state.notice ?? "");
    plotBitrate(state.bitrates);
    plotRate(state.rates);
  };
}

/** Reports before a limit is worth words: each broadcast is limited for seconds while its estimate grows. */
const PATIENCE = 10;

const LIMITS: Readonly<Record<string, string>> = {
  cpu: "This device is busy: the browser sends a smaller or slower picture for now.",
  bandwidth: "Your uplink is narrow right now: the browser sends fewer bits for now.",
};

function offerCopy(button: HTMLButtonElement, field: HTMLInputElement): void {
  let restore: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener("click", async () => {
    let copied = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // No clipboard outside HTTPS, or not allowed: leave the text selected, ready for the keyboard.
      field.select();
      copied = false;
    }
    text(button, copied ? "Copied" : "Selected");
    clearTimeout(restore);
    restore = setTimeout(() => text(button, "Copy"), 2000);
  });
}
