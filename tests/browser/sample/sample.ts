// How an application uses the package, checked against the package's own declarations. Nothing runs this.

import {
  type Broadcast,
  HeadwaterError,
  LightNode,
  type State,
  type ViewerStats,
  bestFit,
  capture,
  describe,
  version,
} from "@headwater/light-node";

export async function goLive(abort: AbortSignal): Promise<Broadcast> {
  const node = await LightNode.create({ orchestrator: "https://orchestrator.example" });
  const { media } = await capture({ source: "camera", microphone: false });
  const live = await node.broadcast(media, {
    name: "studio",
    ladder: ["P480p30fps16x9", { name: "tiny", width: 160, height: 90, bitrate: 80_000 }],
    signal: abort,
    onState: (state: State) => {
      if (state.state === "retrying") console.info(state.error.code, state.after);
      // @ts-expect-error only interrupted sessions have an error
      console.info(state.error);
    },
  });
  live.addEventListener("notice", ({ detail }) => console.info(detail.code, detail.message));
  // @ts-expect-error statistics have no such figure
  live.addEventListener("stats", ({ detail }) => console.info(detail.applause));
  return live;
}

export async function look(video: HTMLVideoElement, stream: string): Promise<ViewerStats | undefined> {
  const node = await LightNode.create();
  try {
    await using view = await node.watch(stream, video, { mode: "webrtc", rendition: "240p" });
    const fitting = bestFit(view.renditions, video.clientWidth, video.clientHeight);
    if (fitting !== undefined) await view.select(fitting.name);
    for await (const stats of view.stats()) return stats;
  } catch (error) {
    const { code, remedy } = error instanceof HeadwaterError ? error : describe(error);
    if (code === "not_live") console.info(remedy);
    // @ts-expect-error codes are a closed set of names
    if (code === "not_life") console.info(version().git);
  }
  // @ts-expect-error another way to travel than there is
  await node.watch(stream, video, { mode: "pigeon" });
  return undefined;
}
