// The shape of a river that splits: bands side by side at the spring, apart at their mouths.

/** One stream, from the spring at x = 0 to its mouth at x = 100. */
export interface Band {
  /** SVG path data along its middle. */
  readonly path: string;
  readonly width: number;
}

/** The widest stream, and the narrowest that is still seen, in CSS pixels. */
const WIDEST = 16;
const NARROWEST = 4;

/** One band per flow; mouths lie amid rows `row` high and `gap` apart, widths follow the flows. */
export function bands(flows: readonly number[], row: number, gap: number): Band[] {
  const largest = Math.max(...flows, 1);
  const widths = flows.map((flow) => Math.max(NARROWEST, (WIDEST * flow) / largest));
  const height = flows.length * (row + gap) - gap;
  let top = (height - widths.reduce((sum, width) => sum + width, 0)) / 2;
  return widths.map((width, i) => {
    const from = (top + width / 2).toFixed(1);
    const to = (i * (row + gap) + row / 2).toFixed(1);
    top += width;
    return { path: `M0 ${from}C50 ${from} 50 ${to} 100 ${to}`, width };
  });
}
