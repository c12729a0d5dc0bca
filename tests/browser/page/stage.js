// The test page: the built package as a plain module, a picture to broadcast, elements to watch in.
//
// Tests drive it from outside by `page.evaluate`, through `stage`.

import * as headwater from "@headwater/light-node";

/** What sessions said, in order: the names of states, and of other events with what they carried. @type {unknown[]} */
const told = [];

/**
 * A moving picture that costs the browser little, its frames numbered from `from` on.
 * @param {{ width?: number, height?: number, fps?: number, from?: number }} [options]
 */
function pattern({ width = 320, height = 180, fps = 15, from = 0 } = {}) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let number = from;
  const draw = () => {
    context.fillStyle = `hsl(${number % 360} 60% 50%)`;
    context.fillRect(0, 0, width, height);
    globalThis.barcode.drawCanvas(context, number % 65_536);
    number += 1;
  };
  draw();
  const timer = setInterval(draw, 1000 / fps);
  const media = canvas.captureStream(fps);
  media.getTracks()[0]?.addEventListener("ended", () => clearInterval(timer));
  return media;
}

/** A tone, as a track. */
function tone() {
  const audio = new AudioContext();
  const source = audio.createOscillator();
  const destination = audio.createMediaStreamDestination();
  source.connect(destination);
  source.start();
  return destination.stream.getAudioTracks();
}

/** A video element, observed. */
function screen() {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  return { video, frames: globalThis.probe.screen(video) };
}

/** What a promise came to, in words that travel: the test runs in another process. @param {Promise<unknown>} promise */
async function outcome(promise) {
  try {
    await promise;
    return "resolved";
  } catch (error) {
    if (error instanceof headwater.HeadwaterError) return error.code;
    return `${error}`;
  }
}

/** For `onState`: notes each state's name, and the code of those that have one. @param {string} who */
function note(who) {
  return (/** @type {import("@headwater/light-node").State} */ state) => {
    told.push(`${who} ${state.state}`);
    if (state.state === "ended") told.push(`${who} ended: ${state.code}`);
    if (state.state === "failed" || state.state === "retrying") told.push(`${who} ${state.state}: ${state.error.code}`);
  };
}

/** Where the test's server is. */
const orchestrator = new URLSearchParams(location.search).get("orchestrator") ?? "";

globalThis.stage = { ...headwater, orchestrator, pattern, tone, screen, outcome, note, told };
