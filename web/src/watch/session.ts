// Driving the light node: one viewing from its start to its end, told to the store.

import { LightNode, type State as SessionState, type ViewerStats } from "@headwater/light-node";

import { describeProblem } from "../problem.ts";
import type { Store } from "../store.ts";
import { delay, watchPresentation } from "./delay.ts";
import type { Action, Received, State } from "./state.ts";

type View = Awaited<ReturnType<LightNode["watch"]>>;

/** One viewing at a time. */
export interface Session {
  start(stream: string): Promise<void>;
  stop(): void;
  select(rendition: string): Promise<void>;
}

/** A session that plays in `video` and reports to `store`. */
export function createSession(store: Store<State, Action>, video: HTMLVideoElement): Session {
  const presentMs = watchPresentation(video);
  let node: Promise<LightNode> | undefined;
  let current: { readonly abort: AbortController; view?: View } | undefined;
  const load = () => (node ??= LightNode.create());

  const stop = () => {
    const ending = current;
    current = undefined;
    ending?.abort.abort();
    ending?.view?.stop();
  };
  return {
    async start(stream) {
      stop();
      const own: NonNullable<typeof current> = { abort: new AbortController() };
      current = own;
      const dispatch = (action: Action) => {
        if (current === own) store.dispatch(action);
      };
      dispatch({ type: "connecting" });
      try {
        const view = await (
          await load()
        ).watch(stream, video, {
          signal: own.abort.signal,
          onState: (state) => told(state, dispatch),
        });
        own.view = view;
        const offer = () =>
          dispatch({ type: "renditions", renditions: view.renditions, playing: view.rendition });
        offer();
        view.addEventListener("renditions", offer);
        view.addEventListener("stats", ({ detail }) =>
          dispatch({ type: "received", received: received(detail, presentMs()), playing: view.rendition }),
        );
      } catch (error) {
        if (current === own) node = undefined;
        dispatch({ type: "failed", problem: describeProblem(error) });
      }
    },
    stop,
    async select(rendition) {
      const view = current?.view;
      if (!view) return;
      store.dispatch({ type: "switching", rendition });
      try {
        await view.select(rendition);
      } catch {
        // The old rendition goes on; the picker shows it again.
      }
      if (current?.view === view)
        store.dispatch({ type: "switched", rendition: view.rendition, auto: view.auto });
    },
  };
}

function told(state: SessionState, dispatch: (action: Action) => void): void {
  switch (state.state) {
    case "connecting":
      return dispatch({ type: "connecting" });
    case "live":
      return dispatch({ type: "live" });
    case "waiting":
      return dispatch({ type: "waiting" });
    case "retrying":
      return dispatch({
        type: "retrying",
        problem: describeProblem(state.error),
        retryAt: Date.now() + state.after,
      });
    case "ended":
      return dispatch({ type: "ended" });
    case "failed":
      return dispatch({ type: "failed", problem: describeProblem(state.error) });
  }
}

function received(stats: ViewerStats, presentMs: number | undefined): Received {
  return {
    width: stats.width,
    height: stats.height,
    fps: stats.fps,
    bitrate: stats.bitrate,
    latency: delay({ rtt: stats.rtt, jitterBufferMs: stats.jitterBufferMs, presentMs }),
    freezes: stats.freezeCount,
    framesDropped: stats.framesDropped,
  };
}
