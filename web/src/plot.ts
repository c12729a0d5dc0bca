// A small live plot of one value over the last minute, newest at the right edge.

import { svg, text } from "./dom.ts";
import { LENGTH, ceiling } from "./history.ts";

const WIDTH = 240;
const HEIGHT = 48;

/** The line and the area under it in a `WIDTH` × `HEIGHT` box, as SVG path data. */
export function geometry(samples: readonly number[], top: number): { line: string; area: string } {
  if (samples.length === 0) return { line: "", area: "" };
  const step = WIDTH / (LENGTH - 1);
  const first = WIDTH - (samples.length - 1) * step;
  const points = samples.map((value, i) => {
    const y = HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 2);
    return `${(first + i * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${WIDTH} ${HEIGHT}L${first.toFixed(1)} ${HEIGHT}Z` };
}

/** A plot that fills `host`. `floor` keeps small values from looking large; `write` words values. */
export function createPlot(
  host: HTMLElement,
  options: { label: string; floor: number; write: (value: number) => string },
): (samples: readonly number[]) => void {
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const title = svg("title", {});
  const area = svg("path", { class: "plot-area" });
  const line = svg("path", { class: "plot-line", "vector-effect": "non-scaling-stroke" });
  picture.append(title, area, line);
  host.classList.add("plot");
  host.append(picture);
  return (samples) => {
    const limit = ceiling(samples, options.floor);
    const shape = geometry(samples, limit);
    area.setAttribute("d", shape.area);
    line.setAttribute("d", shape.line);
    const latest = samples.at(-1);
    const now = latest === undefined ? "" : `, now ${options.write(latest)}`;
    text(title, `${options.label} over the last minute, from 0 to ${options.write(limit)}${now}`);
  };
}
