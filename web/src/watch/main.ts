// The watch page: follows the stream that the address names, and everything the viewer does.

import { createAnnouncer } from "../announce.ts";
import { createAwake } from "../awake.ts";
import { fromFragment } from "../link.ts";
import { createStore } from "../store.ts";
import { createAboutView } from "./about-view.ts";
import { createPicker } from "./picker.ts";
import { createPlayer } from "./player.ts";
import { createSession } from "./session.ts";
import { createStageView, words } from "./stage-view.ts";
import { initial, reduce } from "./state.ts";

const store = createStore(initial, reduce);
const player = createPlayer(store);
const session = createSession(store, player.video);
const about = createAboutView();
const picker = createPicker((rendition) => void session.select(rendition));
const stage = createStageView({
  again: () => follow(),
  open: (stream) => {
    location.hash = stream;
  },
});
const announce = createAnnouncer();
const awake = createAwake();

function follow(): void {
  const stream = fromFragment(location.hash);
  about.stream(stream);
  if (stream) {
    void session.start(stream.id);
  } else {
    session.stop();
    store.dispatch({ type: "nowhere" });
  }
}

store.subscribe((state) => {
  player.render(state);
  picker(state);
  about.render(state);
  stage(state, Date.now());
  awake(state.phase.at === "live" && !state.paused);
});
let said = "";
store.subscribe((state) => {
  if (state.phase.at === said) return;
  said = state.phase.at;
  const shown = words(state, Date.now());
  announce(shown ? `${shown.title} ${shown.detail}` : "Live.");
});
// Countdowns move by themselves.
setInterval(() => {
  if (store.state.phase.at === "reconnecting") stage(store.state, Date.now());
}, 250);

addEventListener("hashchange", follow);
addEventListener("pagehide", () => session.stop());
follow();
