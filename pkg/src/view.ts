// A view: from an orchestrator into a video element.

import type { Node } from "./wasm/headwater_light_node.js";
import type { Code } from "./codes.js";
import { HeadwaterError, describe } from "./errors.js";
import { Emitter, Latest, Outcome } from "./events.js";
import { Link, type Manifest } from "./link.js";
import { Screen } from "./screen.js";
import { bestFit, showable } from "./rendition.js";
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

/** The rendition that the element's size decides. */
const AUTO = "auto";
/** How long a new rendition may take to show its first frame before the old one stays: several keyframe intervals. */
const SWITCH_MS = 5_000;
/** When what can be watched is looked up again: soon, for it may not be signed yet, then ever more rarely. */
const LOOK_MS = { first: 200, last: 60_000 };
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
  /** Whether the element's size decides. */
  #auto: boolean;
  /** Whether the current session is the one that can switch. */
  #layered = false;
  /** Which call of `select` is the latest. */
  #selects = 0;
  readonly #ended = new AbortController();
  #renditions: readonly Rendition[] = [];
  /** How often the view went live: only the latest time looks for renditions. */
  #follows = 0;
  #state: State = { state: "connecting" };
  #wasLive = false;

  /** @internal */
  constructor(node: Node, stream: string, video: HTMLVideoElement, options: WatchOptions) {
    super();
    this.stream = stream;
    this.#node = node;
    this.#options = options;
    this.#auto = (options.rendition ?? AUTO) === AUTO;
    this.#screen = new Screen(video);
  }

  /** @internal Resolves at the first frame. */
  async start(): Promise<void> {
    const { signal, rendition } = this.#options;
    signal?.addEventListener("abort", () => this.stop(), { once: true });
    if (this.#auto) {
      await this.#readManifest();
      this.#rendition = this.#fitting() ?? "source";
    } else {
      this.#rendition = rendition ?? AUTO;
    }
    if (signal?.aborted) throw new HeadwaterError("closed", "aborted", signal.reason);
    this.#layered = this.#auto;
    this.#link = this.#open(this.#rendition, { first: true });
    this.#screen.onResize(() => this.#refit(), this.#ended.signal);
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

  /** Whether the element's size decides what is shown. */
  get auto(): boolean {
    return this.#auto;
  }

  /** What can be watched in this browser, by the publisher's signed manifest; empty until it is known. */
  get renditions(): readonly Rendition[] {
    return this.#renditions;
  }

  /**
   * Shows another rendition, or with `"auto"` the one that fits the element. The old one stays until the new one has its
   * first frame; then this resolves. A newer call overtakes an older one, which then rejects with `closed`.
   */
  async select(rendition: string): Promise<void> {
    if (this.#link === undefined || this.#link.over) throw new HeadwaterError("closed");
    this.#auto = rendition === AUTO;
    await this.#show(this.#auto ? (this.#fitting() ?? this.#rendition) : rendition);
  }

  async #show(rendition: string): Promise<void> {
    const select = ++this.#selects;
    const link = this.#link;
    this.#next?.stop();
    this.#next = undefined;
    if (link === undefined || rendition === this.#rendition) return;
    if (await link.selectLayer(rendition)) {
      const layer = this.#renditions.find(({ name }) => name === rendition);
      if (layer !== undefined) await this.#screen.shows(layer);
      if (select !== this.#selects) throw overtaken();
      this.#rendition = rendition;
      return;
    }
    if (select !== this.#selects) throw overtaken();
    await this.#replace(rendition);
  }

  /** Has another session take over: for orchestrators that do not switch within one. */
  async #replace(rendition: string): Promise<void> {
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
    if (this.#next !== next) throw overtaken();
    const old = this.#link;
    this.#next = undefined;
    this.#link = next;
    this.#layered = false;
    this.#rendition = rendition;
    this.#screen.replace(tracks);
    old?.stop();
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
    // The session that can switch, unless one rendition was asked for, or the orchestrator does not switch.
    const what = as.first && this.#auto ? { layer: this.#renditions.length > 0 ? rendition : undefined } : { rendition };
    const options = { ...what, ...(token === undefined ? {} : { token }) };
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
        // An orchestrator that does not switch has sent what its endpoint without a rendition means.
        if (this.#layered && this.#link?.switches === false) this.#rendition = "source";
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
    this.#ended.abort();
    this.#stats.end();
    this.#screen.clear();
  }

  /**
   * Learns what there is, again and again: a broadcast that begins small has more once it has grown. If no rendition was
   * asked for, moves to the one that fits.
   */
  async #follow(): Promise<void> {
    const follow = ++this.#follows;
    let known: readonly Rendition[] = [];
    for (let wait = LOOK_MS.first; this.#state.state === "live"; wait = Math.min(2 * wait, LOOK_MS.last)) {
      await this.#readManifest();
      if (follow !== this.#follows) return;
      if (this.#renditions !== known) this.#refit();
      known = this.#renditions;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (follow !== this.#follows) return;
    }
  }

  /** Moves to what fits the element, if that decides. */
  #refit(): void {
    const fitting = this.#auto && this.#state.state === "live" ? this.#fitting() : undefined;
    if (fitting !== undefined) void this.#show(fitting).catch(() => {}); // What is shown goes on.
  }

  /** Reads the manifest, if there is one. One that is not the owner's ends the view. */
  async #readManifest(): Promise<void> {
    try {
      const manifest = (await this.#node.manifest(this.stream)) as Manifest;
      const renditions = showable(manifest.renditions);
      if (JSON.stringify(renditions) === JSON.stringify(this.#renditions)) return;
      this.#renditions = renditions;
      this.tell("renditions", renditions);
    } catch (thrown) {
      const error = describe(thrown);
      if (error.code === "not_live" || error.code === "server_unreachable") return;
      // What it said before is still true enough to go on with.
      if (error.code !== "bad_manifest" && this.#renditions.length > 0) return;
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

function overtaken(): HeadwaterError {
  return new HeadwaterError("closed", "another rendition was selected meanwhile");
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
