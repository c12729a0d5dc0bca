// The viewer's hands on the video: pause, sound, full screen, by button and by key.

import { need, text } from "../dom.ts";
import type { Store } from "../store.ts";
import { keyIntent } from "./keys.ts";
import type { Action, State } from "./state.ts";

/** How long the bar stays over a full-screen picture after the last movement. */
const LINGER_MS = 2500;

/** The video element and the bar below it. */
export function createPlayer(store: Store<State, Action>) {
  const player = need("player", HTMLElement);
  const video = need("video", HTMLVideoElement);
  const volume = need("volume", HTMLInputElement);
  const labels = {
    play: need("play-label", HTMLSpanElement),
    mute: need("mute-label", HTMLSpanElement),
    fullscreen: need("fullscreen-label", HTMLSpanElement),
  };
  const unmute = need("unmute", HTMLButtonElement);

  // What the viewer wants; the package mutes the element when the browser allows no sound before a touch.
  let wantsSound = true;

  const togglePlay = () => (video.paused ? void video.play().catch(() => {}) : video.pause());
  const toggleMute = () => {
    video.muted = !video.muted;
    wantsSound = !video.muted;
    if (!video.muted && video.volume === 0) video.volume = 1;
  };
  const toggleFullscreen = () => void switchFullscreen(player, video);
  const intents = { play: togglePlay, mute: toggleMute, fullscreen: toggleFullscreen };
  for (const [id, intent] of Object.entries(intents))
    need(id, HTMLButtonElement).addEventListener("click", intent);
  unmute.addEventListener("click", () => {
    toggleMute();
    need("mute", HTMLButtonElement).focus();
  });
  volume.addEventListener("input", () => {
    video.volume = volume.valueAsNumber / 100;
    video.muted = video.volume === 0;
    wantsSound = !video.muted;
  });
  document.addEventListener("keydown", (event) => {
    const intent = keyIntent(event);
    if (intent === undefined || store.state.phase.at === "nowhere") return;
    event.preventDefault();
    intents[intent]();
  });

  for (const name of ["play", "pause", "loadeddata"] as const) {
    video.addEventListener(name, () => store.dispatch({ type: "paused", paused: video.paused }));
  }
  video.addEventListener("volumechange", () =>
    store.dispatch({
      type: "sound",
      muted: video.muted,
      volume: video.volume,
      hushed: video.muted && wantsSound,
    }),
  );
  document.addEventListener("fullscreenchange", () =>
    store.dispatch({ type: "fullscreen", on: document.fullscreenElement === player }),
  );
  hideWhenIdle(player);

  return {
    video,
    render(state: State) {
      player.dataset.paused = String(state.paused);
      player.dataset.muted = String(state.muted);
      player.dataset.fullscreen = String(state.fullscreen);
      text(labels.play, state.paused ? "Play" : "Pause");
      text(labels.mute, state.muted ? "Unmute" : "Mute");
      text(labels.fullscreen, state.fullscreen ? "Leave full screen" : "Full screen");
      unmute.hidden = !(state.hushed && state.phase.at === "live");
      const percent = String(Math.round((state.muted ? 0 : state.volume) * 100));
      if (volume.value !== percent) volume.value = percent;
    },
  };
}

/** Fills the screen with `player`, or, on iPhones, which know it for videos only, with `video`. */
async function switchFullscreen(player: HTMLElement, video: HTMLVideoElement): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (typeof player.requestFullscreen === "function") await player.requestFullscreen();
    else (video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  } catch {
    // Refused, for instance inside a frame without permission: nothing is lost.
  }
}

function hideWhenIdle(player: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wake = () => {
    player.dataset.idle = "false";
    clearTimeout(timer);
    timer = setTimeout(() => (player.dataset.idle = "true"), LINGER_MS);
  };
  for (const event of ["pointermove", "pointerdown", "keydown"]) player.addEventListener(event, wake);
  document.addEventListener("fullscreenchange", wake);
}
