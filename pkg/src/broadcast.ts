// A broadcast: from a MediaStream to an orchestrator.

import type { Node } from "./wasm/headwater_light_node.js";
import { HeadwaterError } from "./errors.js";
import { Emitter, Latest, Outcome } from "./events.js";
import { Link, type Manifest } from "./link.js";
import {
  type Funds,
  NOTHING_PAID,
  type PaymentAnswer,
  type PaymentSent,
  type PaymentTotals,
  type Terms,
  answered,
  paid,
} from "./paying.js";
import { Sources } from "./sources.js";
import { readSequence, writeSequence } from "./store.js";
import type { BroadcastOptions, Notice, PublisherStats, Rendition, State, Store } from "./types.js";

export interface BroadcastEvents {
  state: State;
  /** What can now be watched. */
  offer: readonly Rendition[];
  notice: Notice;
  /** Something failed that ends nothing; what ends the broadcast comes as `state`. */
  error: HeadwaterError;
  /**
   * A track ended by itself: a device was unplugged, sharing was stopped. The broadcast goes on, with silence for sound
   * and the last picture for video, until `replaceAudio` or `replaceVideo` brings another.
   */
  sourceended: { readonly kind: "video" | "audio" };
  /** Once a second while live. */
  stats: PublisherStats;
  /** Tickets went to the orchestrator. */
  payment: PaymentSent;
  /** What it made of them. */
  balance: PaymentAnswer;
  /** Its signed claim of work, `base64url(json).base64url(signature)`; also in `receipts`. */
  receipt: string;
}

/** @internal How the orchestrator is paid, and how to ask what the wallet has. */
export interface Paying {
  readonly terms: Terms;
  funds(): Promise<Funds>;
}

/** How often the chain is asked what the wallet has: about Ethereum's time from block to block. */
const FUNDS_EVERY_MS = 12_000;
/** A broadcast's receipts, of every two seconds: those of half a day. The oldest go first. */
const RECEIPTS = 21_600;

/** A broadcast that has been live; see `LightNode.broadcast`. */
export class Broadcast extends Emitter<BroadcastEvents> {
  /** The stream's public id, `0x…/name`. */
  readonly stream: string;
  readonly #store: Store;
  readonly #options: BroadcastOptions;
  readonly #stats = new Latest<PublisherStats>();
  readonly #live = new Outcome();
  #link: Link<PublisherStats> | undefined;
  #sources: Sources | undefined;
  #funds: ReturnType<typeof setInterval> | undefined;
  #paid = NOTHING_PAID;
  readonly #receipts: string[] = [];
  #state: State = { state: "connecting" };
  #renditions: readonly Rendition[] = [];

  /** @internal */
  constructor(stream: string, options: BroadcastOptions, store: Store) {
    super();
    this.stream = stream;
    this.#options = options;
    this.#store = store;
  }

  /** @internal Resolves when live. */
  async start(node: Node, media: MediaStream, paying?: Paying): Promise<void> {
    const { signal, onState: _, payment: __, ...options } = this.#options;
    const sequence = await readSequence(this.#store, this.stream);
    if (signal?.aborted) throw new HeadwaterError("closed", "aborted", signal.reason);
    const sources = new Sources(media, (kind) => this.#lost(kind));
    this.#sources = sources;
    this.#link = new Link((emit) => node.publish(sources.media(), { ...options, sequence, payment: paying?.terms }, emit), {
      state: (state) => this.#became(state),
      offer: (manifest) => this.#offered(manifest),
      notice: (notice) => this.tell("notice", notice),
      error: (error) => this.tell("error", error),
      stats: (stats) => {
        this.#stats.set(stats);
        this.tell("stats", stats);
      },
      payment: (payment) => {
        this.#paid = paid(this.#paid, payment);
        this.tell("payment", payment);
      },
      balance: (balance) => {
        this.#paid = answered(this.#paid, balance);
        this.tell("balance", balance);
      },
      receipt: (receipt) => {
        if (this.#receipts.push(receipt) > RECEIPTS) this.#receipts.shift();
        this.tell("receipt", receipt);
      },
    });
    if (paying) {
      const ask = async () => this.#link?.funds(await paying.funds());
      // A chain that does not answer leaves what was known.
      this.#funds = setInterval(() => void ask().catch(() => {}), FUNDS_EVERY_MS);
    }
    const stop = () => this.#link?.stop();
    signal?.addEventListener("abort", stop, { once: true });
    await this.#live.promise;
  }

  /** `"connecting"`, `"live"`, `"retrying"`, `"ended"` or `"failed"`; with its particulars in the `state` event. */
  get state(): State["state"] {
    return this.#state.state;
  }

  /** What can be watched, once the orchestrator has seen the first frame. */
  get renditions(): readonly Rendition[] {
    return this.#renditions;
  }

  /**
   * Sends another picture: another camera, the screen. It is the same connection and the same stream; viewers see a cut.
   * The track before goes on: it is the page's.
   */
  async replaceVideo(track: MediaStreamTrack): Promise<void> {
    const { link, sources } = this.#running();
    sources.video(track);
    await link.replaceTrack(track);
  }

  /** Sends another sound, or with `null` silence, in the same way. */
  async replaceAudio(track: MediaStreamTrack | null): Promise<void> {
    const { link, sources } = this.#running();
    const sound = sources.audio(track);
    if (sound !== undefined) await link.replaceTrack(sound);
    sources.settle();
  }

  /** What was paid since the start: payment begins before the broadcast is live. */
  get paid(): PaymentTotals {
    return this.#paid;
  }

  /** The orchestrator's signed claims of work, to be kept or exported: what the payer can hold against it. */
  get receipts(): readonly string[] {
    return this.#receipts;
  }

  /** Statistics once a second, until the broadcast ends. */
  stats(): AsyncIterable<PublisherStats> {
    return this.#stats;
  }

  /** Ends the broadcast. The MediaStream's tracks go on: they are the page's. */
  stop(): void {
    this.#link?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #became(state: State): void {
    this.#state = state;
    switch (state.state) {
      case "live":
        this.#live.resolve();
        break;
      case "ended":
        this.#live.reject(new HeadwaterError(state.code, "", this.#options.signal?.reason));
        this.#over();
        break;
      case "failed":
        this.#live.reject(state.error);
        this.#over();
        break;
    }
    this.#options.onState?.(state);
    this.tell("state", state);
  }

  #over(): void {
    clearInterval(this.#funds);
    this.#stats.end();
    this.#sources?.end();
  }

  #running(): { link: Link<PublisherStats>; sources: Sources } {
    const [link, sources] = [this.#link, this.#sources];
    if (link === undefined || link.over || sources === undefined) throw new HeadwaterError("closed");
    return { link, sources };
  }

  #lost(kind: "video" | "audio"): void {
    if (kind === "audio") void this.replaceAudio(null).catch(() => {}); // Over meanwhile.
    this.tell("sourceended", { kind });
  }

  #offered({ sequence, renditions }: Manifest): void {
    this.#renditions = renditions;
    // A store that is full or closed costs nothing but the memory of this number.
    void Promise.resolve(writeSequence(this.#store, this.stream, sequence)).catch(() => {});
    this.tell("offer", renditions);
  }
}
