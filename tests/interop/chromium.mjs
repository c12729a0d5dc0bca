// Headless Chromium whose camera plays the film, as `../browser` has it.

import * as browser from "../browser/chromium.mjs";

/** Sound plays without a click: what no one hears is not decoded. */
const FLAGS = ["--autoplay-policy=no-user-gesture-required"];

/** Starts it. */
export async function launch() {
  const chromium = await browser.launch({ flags: FLAGS });
  return {
    version: () => chromium.version(),
    /** A page in a window of its own: of several tabs only the foremost is drawn. */
    async newPage() {
      const context = await chromium.newContext({ permissions: ["camera", "microphone"] });
      return context.newPage();
    },
    close: () => chromium.close(),
  };
}
