// Whose stream this is and how well it arrives.

import { need, text } from "../dom.ts";
import { bitrate, latency, rate, shortAddress, size } from "../format.ts";
import type { Stream } from "../link.ts";
import { createPlot } from "../plot.ts";
import type { State } from "./state.ts";

/** The section below the player. */
export function createAboutView() {
  const name = need("stream-name", HTMLElement);
  const address = need("stream-address", HTMLElement);
  const figures = {
    latency: need("latency", HTMLOutputElement),
    bitrate: need("bitrate", HTMLOutputElement),
    fps: need("fps", HTMLOutputElement),
    picture: need("picture", HTMLElement),
    freezes: need("freezes", HTMLElement),
    dropped: need("dropped", HTMLElement),
  };
  const plotLatency = createPlot(need("latency-plot", HTMLDivElement), {
    label: "Latency",
    floor: 40,
    write: latency,
  });
  const plotBitrate = createPlot(need("bitrate-plot", HTMLDivElement), {
    label: "Bitrate received",
    floor: 500_000,
    write: bitrate,
  });
  const plotRate = createPlot(need("fps-plot", HTMLDivElement), {
    label: "Frame rate",
    floor: 30,
    write: rate,
  });

  return {
    stream(stream: Stream | undefined) {
      text(name, stream?.name ?? "Watch");
      text(address, stream ? `by ${shortAddress(stream.address)}` : "");
      address.title = stream?.address ?? "";
      document.title = `${stream?.name ?? "Watch"} · Headwater`;
    },
    render(state: State) {
      // What was measured before an interruption is not so now.
      const received = state.phase.at === "live" ? state.received : undefined;
      text(figures.latency, received?.latency === undefined ? "–" : latency(received.latency));
      text(figures.bitrate, received ? bitrate(received.bitrate) : "–");
      text(figures.fps, received ? rate(received.fps) : "–");
      text(figures.picture, size(received?.width, received?.height));
      text(figures.freezes, received ? String(received.freezes) : "–");
      text(figures.dropped, received ? String(received.framesDropped) : "–");
      plotLatency(state.latencies);
      plotBitrate(state.bitrates);
      plotRate(state.rates);
    },
  };
}
