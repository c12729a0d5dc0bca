// The light node: a session key, an orchestrator to talk to, and, with a wallet, payments and stake.

import type { Node } from "./wasm/headwater_light_node.js";
import { Broadcast, type Paying } from "./broadcast.js";
import { HeadwaterError, describe } from "./errors.js";
import { init, node } from "./loader.js";
import type { Manifest } from "./link.js";
import { type Offer, fundsOf, readOffer } from "./paying.js";
import type { Payments } from "./payments.js";
import type { Stake } from "./stake.js";
import { defaultStore, readKey, writeKey } from "./store.js";
import type { BroadcastOptions, CreateOptions, Rendition, Store, WatchOptions } from "./types.js";
import { View } from "./view.js";
import { Account } from "./wallet/account.js";
import type { Wallet } from "./wallet/connection.js";
import type { KnownNetwork } from "./wallet/network.js";

/** What only `create` has. */
const CREATE = Symbol();

/** Headwater's node in a page. `await LightNode.create()` makes one. */
export class LightNode {
  /** Where it broadcasts to and watches from. */
  readonly orchestrator: string;
  #node: Node;
  readonly #store: Store;
  readonly #account: Account | undefined;

  private constructor(token: unknown, inner: Node, orchestrator: string, store: Store, account?: Account) {
    if (token !== CREATE) throw new HeadwaterError("not_initialised");
    this.#node = inner;
    this.orchestrator = orchestrator;
    this.#store = store;
    this.#account = account;
    account?.onKey((secret) => (this.#node = node(orchestrator, secret)));
  }

  /**
   * Loads the WebAssembly (once), and makes or restores the session key. With a wallet, that is asked for an account:
   * rejects with `wallet_rejected`, `wallet_locked` and the like when it gives none.
   */
  static async create(options: CreateOptions = {}): Promise<LightNode> {
    const orchestrator = base(options.orchestrator);
    await init(options.wasm);
    const account = await Account.open(options, () => node(orchestrator, undefined).secret());
    const store = options.store ?? defaultStore(account?.secret !== undefined);
    const key = options.key ?? account?.secret ?? (await readKey(store));
    const inner = node(orchestrator, key);
    if (key === undefined) await writeKey(store, inner.secret());
    return new LightNode(CREATE, inner, orchestrator, store, account);
  }

  /** The network that it was created for. */
  get network(): KnownNetwork | undefined {
    return this.#account?.network;
  }

  /** The wallet: its account, its chain, and what it is showing its owner. */
  get wallet(): Wallet | undefined {
    return this.#account?.wallet;
  }

  /** Deposit, reserve and the session key's leave to pay. Throws `no_network` where it was created without one. */
  get payments(): Payments {
    return this.#chained().payments(() => this.#node.address());
  }

  /** Stake and orchestrators. Throws `no_network` where it was created without one. */
  get stake(): Stake {
    return this.#chained().stake;
  }

  /** Hears no more of the wallet. Broadcasts and views go on; they have a `stop()` of their own. */
  stop(): void {
    this.#account?.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #chained(): Account {
    if (!this.#account) throw new HeadwaterError("no_network", "LightNode.create() was given no network option");
    return this.#account;
  }

  /** The session key's address, `0x…`: whose the streams are. */
  get address(): string {
    return this.#node.address();
  }

  /** The public id of this node's stream `name`, `0x…/name`: what viewers watch. */
  streamId(name: string): string {
    try {
      return this.#node.streamId(name);
    } catch (error) {
      throw describe(error);
    }
  }

  /**
   * Broadcasts the first video and the first audio track of `media`; without sound, silence. Resolves when the stream is live; from then on it
   * reconnects by itself. Rejects with a HeadwaterError when it cannot be, after ten seconds of trying where no answer
   * comes.
   */
  async broadcast(media: MediaStream, options: BroadcastOptions): Promise<Broadcast> {
    const broadcast = new Broadcast(this.streamId(options.name), options, this.#store);
    await broadcast.start(this.#node, media, await this.#terms(options));
    return broadcast;
  }

  /** What the orchestrator asks for; nothing, where its work is free. */
  offer(signal?: AbortSignal): Promise<Offer | undefined> {
    return readOffer(this.orchestrator, signal);
  }

  /** How the orchestrator is paid; nothing, where its work is free. */
  async #terms({ payment = {}, signal }: BroadcastOptions): Promise<Paying | undefined> {
    const offer = await this.offer(signal).catch((error: unknown) => {
      // A server that does not answer is the session's to report, and to try again.
      if (error instanceof HeadwaterError && error.code === "server_unreachable") return undefined;
      throw error;
    });
    if (offer === undefined) return undefined;
    if (this.#account?.wallet === undefined) {
      throw new HeadwaterError("no_wallet", "this orchestrator is paid for its work: LightNode.create() needs a network and a wallet");
    }
    const payments = this.payments;
    const terms = await this.#account.terms(offer, payments, payment, signal);
    return { terms, funds: async () => fundsOf(await payments.status()) };
  }

  /**
   * Shows `stream` (`0x…/name`) in `video`. Resolves at the first frame: if the stream is not live yet, that is when it
   * is; `onState` tells, and `signal` ends the wait. An element that the browser will not play with sound is muted.
   */
  async watch(stream: string, video: HTMLVideoElement, options: WatchOptions = {}): Promise<View> {
    if ((options.mode ?? "webrtc") !== "webrtc") {
      throw new HeadwaterError("invalid_argument", `there is no mode "${options.mode}" yet, only "webrtc"`);
    }
    const view = new View(this.#node, stream, video, options);
    try {
      await view.start();
    } catch (error) {
      view.stop();
      throw describe(error);
    }
    return view;
  }

  /** What can be watched of `stream`, by the manifest that its publisher signed. Rejects with `not_live` between shows. */
  async renditions(stream: string): Promise<readonly Rendition[]> {
    try {
      return ((await this.#node.manifest(stream)) as Manifest).renditions;
    } catch (error) {
      throw describe(error);
    }
  }
}

function base(orchestrator: string | URL | undefined): string {
  const here = globalThis.location?.origin;
  let url: URL;
  try {
    url = new URL(orchestrator ?? here ?? "", here);
  } catch (error) {
    throw new HeadwaterError("invalid_argument", `"${orchestrator}" is no URL of an orchestrator`, error);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new HeadwaterError("invalid_argument", `an orchestrator is reached over http or https, not ${url.protocol}`);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}
