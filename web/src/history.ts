// The last minute of one measured value, oldest first.

/** Enough for one sample a second over the minute that a plot shows. */
export const LENGTH = 60;

/** `samples` with `value` at its end, at most {@link LENGTH} long. */
export function push(samples: readonly number[], value: number): number[] {
  const kept = samples.length < LENGTH ? samples : samples.slice(samples.length - LENGTH + 1);
  return [...kept, Number.isFinite(value) && value > 0 ? value : 0];
}

/** The top of an axis that shows `samples` with some air above: a round number, at least `floor`. */
export function ceiling(samples: readonly number[], floor: number): number {
  const highest = Math.max(floor, ...samples.map((sample) => sample * 1.15));
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8].find((s) => s * magnitude >= highest) ?? 10;
  return step * magnitude;
}
