// A view: from an orchestrator into a video element.

import type { Node } from "./wasm/headwater_light_node.js";
import type { Code } from "./codes.js";
import { HeadwaterError, describe } from "./errors.js";
import { Emitter, Latest, Outcome } from "./events.js";
import { Link, type Manifest } from "./link.js";
import { Screen } from "./screen.js";
import { bestFit } from "./rendition.js";
import type { Rendition, State, ViewerStats, WatchOptions } from "./types.js";

export interface ViewEvents {
  state: State;
  /** What can be watched, when it is known or has changed. */
  renditions: readonly Rendition[];
  /** The stream, which was live, is over. The view waits for it to start again; `stop()` it if that is not wanted. */
  ended: { readonly code: Code };
  /** Something failed that ends nothing; what ends the view comes as `state`. */
  error: HeadwaterError;
  /** Once a second while live. */
  stats: ViewerStats;
}

/** How long a new rendition may take to show its first frame before the old one stays: several keyframe intervals. */
const SWITCH_MS = 5_000;
/** How often it is asked for; the browser's statistics are renewed about as often. */
const SWITCH_POLL_MS = 50;

/** A view that has shown a frame; see `LightNode.watch`. */
export class View extends Emitter<ViewEvents> {
  /** The stream's public id, `0x…/name`. */
  readonly stream: string;
  readonly #node: Node;
  readonly #options: WatchOptions;
  readonly #screen: Screen;
  readonly #stats = new Latest<ViewerStats>();
  readonly #shown = new Outcome();
  #link: Link<ViewerStats> | undefined;
  /** A rendition that is to take over. */
  #next: Link<ViewerStats> | undefined;
  #rendition = "source";
  #renditions: readonly Rendition[] = [];
  #state: State = { state: "connecting" };
  #wasLive = false;

  /** @internal */
  constructor(node: Node, stream: string, video: HTMLVideoElement, options: WatchOptions) {
    super();
    this.stream = stream;
    this.#node = node;
    this.#options = options;
    this.#screen = new Screen(video);
  }

  /** @internal Resolves at the first frame. */
  async start(): Promise<void> {
    const { signal, rendition } = this.#options;
    signal?.addEventListener("abort", () => this.stop(), { once: true });
    if (rendition === undefined) {
      await this.#readManifest();
      this.#rendition = this.#fitting() ?? "source";
    } else {
      this.#rendition = rendition;
    }
    if (signal?.aborted) throw new HeadwaterError("closed", "aborted", signal.reason);
    this.#link = this.#open(this.#rendition, { first: true });
    this.#screen.firstFrame.then(() => this.#shown.resolve());
    await this.#shown.promise;
  }

  /** `"connecting"`, `"live"`, `"waiting"`, `"retrying"`, `"ended"` or `"failed"`. */
  get state(): State["state"] {
    return this.#state.state;
  }

  /** What is shown. */
  get rendition(): string {
    return this.#rendition;
  }

  /** What can be watched, by the publisher's signed manifest; empty until it is known. */
  get renditions(): readonly Rendition[] {
    return this.#renditions;
  }

  /**
   * Shows another rendition. The old one stays until the new one has its first frame; then this resolves. A newer call
   * overtakes an older one, which then rejects with `closed`.
   */
  async select(rendition: string): Promise<void> {
    if (this.#link === undefined || this.#link.over) throw new HeadwaterError("closed");
    this.#next?.stop();
    this.#next = undefined;
    if (rendition === this.#rendition) return;
    const failed = new Outcome();
    const tracks: MediaStreamTrack[] = [];
    const next = this.#open(rendition, { first: false, failed, tracks });
    this.#next = next;
    try {
      await Promise.race([failed.promise, framesOf(next)]);
    } catch (error) {
      next.stop();
      if (this.#next === next) this.#next = undefined;
      throw describe(error);
    }
    if (this.#next !== next) throw new HeadwaterError("closed", "another rendition was selected meanwhile");
    const old = this.#link;
    this.#next = undefined;
    this.#link = next;
    this.#rendition = rendition;
    this.#screen.replace(tracks);
    old.stop();
  }

  /** Statistics once a second, until the view ends. */
  stats(): AsyncIterable<ViewerStats> {
    return this.#stats;
  }

  /** Ends the view and leaves the element empty. */
  stop(): void {
    this.#next?.stop();
    this.#next = undefined;
    if (this.#link === undefined) this.#became({ state: "ended", code: "closed" });
    else this.#link.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  /** Opens a session. One that is to take over only collects its tracks until it is the view's. */
  #open(
    rendition: string,
    as: { first: true } | { first: false; failed: Outcome; tracks: MediaStreamTrack[] },
  ): Link<ViewerStats> {
    const { token } = this.#options;
    const options = { rendition, ...(token === undefined ? {} : { token }) };
    let link: Link<ViewerStats> | undefined;
    const current = () => (link === undefined ? as.first : link === this.#link);
    link = new Link((emit) => this.#node.watch(this.stream, options, emit), {
      state: (state) => {
        if (current()) this.#became(state);
        else if (!as.first && state.state !== "connecting" && state.state !== "live") as.failed.reject(why(state));
      },
      track: (track) => {
        if (current()) this.#screen.show(track);
        else if (!as.first) as.tracks.push(track);
      },
      stats: (stats) => {
        if (!current()) return;
        this.#stats.set(stats);
        this.tell("stats", stats);
      },
    });
    return link;
  }

  #became(state: State): void {
    this.#state = state;
    switch (state.state) {
      case "live":
        this.#wasLive = true;
        this.#follow().catch(() => {}); // Its errors are states.
        break;
      case "ended":
        this.#shown.reject(new HeadwaterError(state.code, "", this.#options.signal?.reason));
        this.#over();
        break;
      case "failed":
        this.#shown.reject(state.error);
        this.#over();
        break;
    }
    this.#options.onState?.(state);
    this.tell("state", state);
    if (state.state === "waiting" && this.#wasLive) {
      this.#wasLive = false;
      this.tell("ended", { code: "stream_ended" });
    }
  }

  #over(): void {
    this.#next?.stop();
    this.#stats.end();
    this.#screen.clear();
  }

  /** Learns what there is; if no rendition was asked for, moves to the one that fits. */
  async #follow(): Promise<void> {
    // The manifest is signed once the orchestrator has seen a frame: right after the start it may not be there yet.
    for (let wait = 200; wait <= 3_200 && this.#state.state === "live"; wait *= 2) {
      if (await this.#readManifest()) break;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    const fitting = this.#options.rendition === undefined ? this.#fitting() : undefined;
    if (fitting !== undefined && this.#rendition === "source" && this.#state.state === "live") {
      await this.select(fitting).catch(() => {}); // The source is shown already.
    }
  }

  /** Whether the manifest is known now. One that is not the owner's ends the view. */
  async #readManifest(): Promise<boolean> {
    try {
      const manifest = (await this.#node.manifest(this.stream)) as Manifest;
      this.#renditions = manifest.renditions;
      this.tell("renditions", this.#renditions);
      return true;
    } catch (thrown) {
      const error = describe(thrown);
      if (error.code === "not_live" || error.code === "server_unreachable") return false;
      this.#became({ state: "failed", error });
      this.#link?.stop();
      throw error;
    }
  }

  #fitting(): string | undefined {
    const { width, height } = this.#screen.pixels;
    return bestFit(this.#renditions, width, height)?.name;
  }
}

/** Resolves when the session has decoded a frame. */
async function framesOf(link: Link<ViewerStats>): Promise<void> {
  const deadline = performance.now() + SWITCH_MS;
  while ((await link.framesDecoded()) === 0) {
    if (link.over) throw new HeadwaterError("closed");
    if (performance.now() > deadline) throw new HeadwaterError("connection_lost", "the rendition shows no frame");
    await new Promise((resolve) => setTimeout(resolve, SWITCH_POLL_MS));
  }
}

function why(state: State): HeadwaterError {
  switch (state.state) {
    case "retrying":
    case "failed":
      return state.error;
    case "ended":
      return new HeadwaterError(state.code);
    default:
      return new HeadwaterError("not_live");
  }
}
