// Keeping a phone's screen on while something is live: a sleeping phone stops its camera.

/** Holds the screen awake while wanted, also after the page was in the background. */
export function createAwake(): (wanted: boolean) => void {
  let wanted = false;
  let lock: WakeLockSentinel | undefined;
  const update = async () => {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    if (wanted && (lock === undefined || lock.released)) {
      // Refused on a low battery, which is the visitor's choice.
      lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    } else if (!wanted) {
      await lock?.release();
      lock = undefined;
    }
  };
  document.addEventListener("visibilitychange", () => void update());
  return (want) => {
    if (want === wanted) return;
    wanted = want;
    void update();
  };
}
