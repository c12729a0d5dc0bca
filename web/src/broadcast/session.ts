// Driving the light node: one broadcast from its start to its end, told to the store.

import {
  HeadwaterError,
  LightNode,
  type PublisherStats,
  type State as SessionState,
} from "@headwater/light-node";

import { sentence } from "../format.ts";
import { describeProblem } from "../problem.ts";
import type { Store } from "../store.ts";
import type { Action, Sent, State } from "./state.ts";

type Live = Awaited<ReturnType<LightNode["broadcast"]>>;
type Dispatch = (action: Action) => void;

/** What is broadcast and under which name. */
export interface Wish {
  readonly media: MediaStream;
  readonly name: string;
  readonly ladder: readonly string[];
}

/** One broadcast at a time. */
export interface Session {
  start(wish: Wish): Promise<void>;
  /** Sends another picture, or another sound (nothing: silence), if there is a broadcast. */
  picture(track: MediaStreamTrack): void;
  sound(track: MediaStreamTrack | undefined): void;
  stop(): void;
  /** The orchestrator's signed claims of work, of the broadcast that runs or the last one. */
  readonly receipts: readonly string[];
}

/** A session that reports to `store`. A wallet's node is used if there is one; its own is loaded at the first start and then
 * kept, with its key. */
export function createSession(store: Store<State, Action>, wallets: () => LightNode | undefined): Session {
  let node: Promise<LightNode> | undefined;
  let paid: Live | undefined;
  let current: { readonly abort: AbortController; live?: Live } | undefined;
  const load = () => (node ??= LightNode.create());

  return {
    get receipts() {
      return paid?.receipts ?? [];
    },
    async start(wish) {
      const own: NonNullable<typeof current> = { abort: new AbortController() };
      current = own;
      const dispatch: Dispatch = (action) => {
        if (current === own) store.dispatch(action);
      };
      dispatch({ type: "connecting" });
      try {
        const loaded = wallets() ?? (await load());
        const stream = loaded.streamId(wish.name);
        const live = await loaded.broadcast(wish.media, {
          name: wish.name,
          ladder: wish.ladder,
          signal: own.abort.signal,
          onState: (state) => told(state, stream, dispatch),
        });
        own.live = paid = live;
        follow(live, dispatch);
      } catch (error) {
        // A node that could not be loaded is loaded anew at the next try.
        if (store.state.stream === undefined) node = undefined;
        dispatch({ type: "failed", problem: describeProblem(error) });
      }
    },
    picture(track) {
      // Refused only by a broadcast that has ended, which is told otherwise.
      void current?.live?.replaceVideo(track).catch(() => {});
    },
    sound(track) {
      void current?.live?.replaceAudio(track ?? null).catch(() => {});
    },
    stop() {
      const ending = current;
      current = undefined;
      ending?.abort.abort();
      ending?.live?.stop();
      store.dispatch({ type: "stopped" });
    },
  };
}

function follow(live: Live, dispatch: Dispatch): void {
  const offer = () => dispatch({ type: "renditions", renditions: live.renditions });
  offer();
  live.addEventListener("offer", offer);
  live.addEventListener("stats", (event) => dispatch({ type: "sent", sent: sent(event.detail) }));
  // Payment begins before a broadcast is live.
  const paid = () => {
    if (live.paid.tickets > 0) dispatch({ type: "paid", paid: live.paid });
    dispatch({ type: "receipts", count: live.receipts.length });
  };
  paid();
  for (const event of ["payment", "balance", "receipt"] as const) live.addEventListener(event, paid);
  live.addEventListener("notice", (event) =>
    dispatch({ type: "notice", text: sentence(event.detail.message) }),
  );
  live.addEventListener("error", (event) => {
    const problem = describeProblem(event.detail);
    dispatch({ type: "notice", text: `${problem.message} ${problem.remedy}` });
  });
}

function told(state: SessionState, stream: string, dispatch: Dispatch): void {
  const now = Date.now();
  switch (state.state) {
    case "connecting":
      return dispatch({ type: "connecting" });
    case "live":
      return dispatch({ type: "live", now, stream });
    case "retrying": {
      const problem = describeProblem(state.error);
      return dispatch({ type: "retrying", problem, attempt: state.attempt, retryAt: now + state.after });
    }
    case "ended":
      return dispatch(
        state.code === "closed"
          ? { type: "stopped" }
          : { type: "failed", problem: describeProblem(new HeadwaterError(state.code)) },
      );
    case "failed":
      return dispatch({ type: "failed", problem: describeProblem(state.error) });
  }
}

function sent(stats: PublisherStats): Sent {
  return {
    width: stats.width,
    height: stats.height,
    fps: stats.fps,
    bitrate: stats.bitrate,
    rtt: stats.rtt,
    uplink: stats.uplink,
    packetsLost: stats.packetsLost,
    limitedBy: stats.qualityLimitationReason,
  };
}
