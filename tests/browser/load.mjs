// How busy the machine was meanwhile: a latency measured on a machine that is busy with something else says nothing.

import { readFileSync } from "node:fs";

/** Of all cores; above this a window is void. */
export const BUSY = 0.85;

/** Starts to look; the answer is the share of all cores that was in use since, 0 to 1. */
export function machineLoad() {
  const before = ticks();
  return () => {
    const now = ticks();
    return (now.busy - before.busy) / Math.max(1, now.all - before.all);
  };
}

/** Clock ticks since the machine started (proc(5), /proc/stat). */
function ticks() {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + wait };
}
