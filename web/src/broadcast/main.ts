// The broadcast page: from choosing a source to stopping the stream.

import { createAnnouncer } from "../announce.ts";
import { createAwake } from "../awake.ts";
import { need } from "../dom.ts";
import { createProblemView } from "../problem-view.ts";
import type { Step } from "../problem.ts";
import { createStore } from "../store.ts";
import { createDelta } from "./delta.ts";
import { cameraAllowed, listDevices } from "./devices.ts";
import { createDirector } from "./director.ts";
import { STANDARD } from "./ladder.ts";
import { createLiveView } from "./live-view.ts";
import { fromQuery } from "./name.ts";
import { createPurseView } from "./purse-view.ts";
import { type Wallets, createPurse } from "./purse.ts";
import { createSession } from "./session.ts";
import { createSetupView } from "./setup-view.ts";
import { createStageView } from "./stage-view.ts";
import type { Choices } from "./source.ts";
import { initial, isBroadcasting, reduce } from "./state.ts";
import { createStudio } from "./studio.ts";

const store = createStore(initial(STANDARD), reduce);
const purse = createPurse(() => wallet(store.state));
const session = createSession(store, () => purse.node);
const setup = createSetupView(fromQuery(location.search), {
  source: (source) => director.choose(source),
  device: (part) => void director.device(part),
  mirror: (on) => store.dispatch({ type: "mirror", on }),
  file: () => void (director.onAir ? director.switchTo("file") : openStudio()),
  rung: (preset, wanted) => store.dispatch({ type: "rung", preset, wanted }),
  goLive: () => void goLive(),
  cancel: () => session.stop(),
});
const stage = createStageView({
  open: () => (store.state.source === "file" ? setup.file.click() : void openStudio()),
  mute: (muted) => studio.mute(muted),
});
const studio = createStudio(store, stage.preview, need("level-bar", HTMLSpanElement), {
  picture: (track) => session.picture(track),
  sound: (track) => session.sound(track),
  ended: (part, source) => void director.ended(part, source),
});
const director = createDirector(store, studio, session, {
  choices,
  list: () => listDevices(setup.camera, setup.voice),
  pickFile: () => setup.file.click(),
});
const live = createLiveView(location.origin, { stop: () => session.stop() });
const wallet = createPurseView(purse, { saveReceipts: () => save(session.receipts) });
const delta = createDelta();
const problem = createProblemView(act);
const announce = createAnnouncer();
const awake = createAwake();

function choices(): Choices {
  return { camera: setup.camera.value, voice: setup.voice.value, file: setup.file.files?.[0] };
}

async function openStudio(): Promise<boolean> {
  const opened = await studio.open(choices());
  if (opened) await listDevices(setup.camera, setup.voice);
  return opened;
}

async function goLive(): Promise<void> {
  if (isBroadcasting(store.state)) return;
  if (store.state.source === "file" && !setup.file.files?.[0]) return setup.file.click();
  if (!studio.media && !(await openStudio())) return;
  if (!studio.media || !setup.checkName()) return;
  const ladder = [...store.state.ladder];
  await session.start({ media: studio.media, name: setup.name, ladder });
}

function act(step: Step): void {
  switch (step) {
    case "rename":
      store.dispatch({ type: "dismissed" });
      return setup.focusName();
    case "use-screen":
      return director.choose("screen");
    case "reload":
      return location.reload();
    case "pay-in":
      return location.assign("/payments/");
    case "retry":
      return void goLive();
  }
}

/** The orchestrator's signed claims of work, one a line. */
function save(receipts: readonly string[]): void {
  const file = new Blob(receipts.map((receipt) => `${receipt}\n`), { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `headwater-receipts-${new Date().toISOString().slice(0, 10)}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}

store.subscribe((state) => {
  setup.render(state);
  live(state);
  wallet(state);
  delta(state);
  stage.render(state, Date.now());
  // Before the first picture is through there is no stage to speak from: the panel says what is tried again.
  const early =
    state.phase.at === "reconnecting" && state.since === undefined ? state.phase.problem : undefined;
  problem(state.problem ?? early, early === undefined);
  awake(isBroadcasting(state));
});
let failure: Wallets["problem"];
purse.store.subscribe(({ problem: now }) => {
  wallet(store.state);
  // Told once: what the chain says while on air is no reason to stop.
  if (now && now !== failure && !isBroadcasting(store.state)) store.dispatch({ type: "failed", problem: now });
  failure = now;
});
let said = "setup";
store.subscribe(({ phase }) => {
  if (phase.at === said) return;
  said = phase.at;
  const what = {
    setup: "Not live.",
    connecting: "Connecting.",
    live: "You are live.",
    reconnecting: "Reconnecting.",
  };
  announce(what[phase.at]);
});
// The clock on air and the countdown move by themselves.
setInterval(() => {
  if (isBroadcasting(store.state)) stage.render(store.state, Date.now());
}, 250);

addEventListener("beforeunload", (event) => {
  if (store.state.since !== undefined) event.preventDefault();
});
addEventListener("pagehide", () => session.stop());
navigator.mediaDevices?.addEventListener("devicechange", () => void listDevices(setup.camera, setup.voice));
void purse.start();
await listDevices(setup.camera, setup.voice);
if (store.state.source === "camera" && store.state.preview === "off" && (await cameraAllowed()))
  void openStudio();
