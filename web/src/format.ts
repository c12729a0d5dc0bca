// How numbers are written for people.

/** Bits per second: `"840 kbit/s"`, `"2.4 Mbit/s"`. */
export function bitrate(bitsPerSecond: number): string {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond < 0) return "–";
  if (bitsPerSecond < 999_500) return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
  const mbits = bitsPerSecond / 1_000_000;
  return `${mbits.toFixed(mbits < 9.95 ? 1 : 0)} Mbit/s`;
}

/** A span of time as a clock shows it: `"0:42"`, `"12:05"`, `"1:02:05"`. */
export function clock(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Whole seconds left until `then`, never below zero. */
export function secondsLeft(then: number, now: number): number {
  return Math.max(0, Math.ceil((then - now) / 1000));
}

/** Milliseconds: `"8 ms"`, `"1.2 s"`. */
export function latency(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return "–";
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Frames a second, to the half: `"30 fps"`, `"29.5 fps"`. */
export function rate(framesPerSecond: number): string {
  if (!Number.isFinite(framesPerSecond) || framesPerSecond < 0) return "–";
  return `${Math.round(framesPerSecond * 2) / 2} fps`;
}

/** A picture's size: `"1280 × 720"`. */
export function size(width: number | undefined, height: number | undefined): string {
  return width && height ? `${width} × ${height}` : "–";
}

/** An address in the form that people compare: its first and last characters. */
export function shortAddress(address: string): string {
  return address.length > 14 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

/** A sentence from the lower-case, unterminated form that messages and remedies have. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
