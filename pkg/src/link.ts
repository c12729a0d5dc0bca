// One WHIP or WHEP session of the light node, with its events given types.

import type { Session } from "./wasm/headwater_light_node.js";
import type { Code } from "./codes.js";
import { HeadwaterError, describe } from "./errors.js";
import type { Funds, PaymentAnswer, PaymentSent } from "./paying.js";
import type { Notice, Rendition, State } from "./types.js";

/** What the light node tells, `emit(type, detail)`. */
export interface Heard<Stats> {
  state?(state: State): void;
  /** The manifest that was signed for the orchestrator's offer. */
  offer?(manifest: Manifest): void;
  notice?(notice: Notice): void;
  error?(error: HeadwaterError): void;
  track?(track: MediaStreamTrack): void;
  stats?(stats: Stats): void;
  payment?(payment: PaymentSent): void;
  balance?(balance: PaymentAnswer): void;
  receipt?(receipt: string): void;
}

/** The signed manifest's fields that the page uses. */
export interface Manifest {
  readonly sequence: number;
  readonly renditions: readonly Rendition[];
}

/** As the light node writes it: wei in decimal digits. */
type Digits<T> = { readonly [Name in keyof T]: T[Name] extends bigint ? string : T[Name] };

type RawState =
  | Extract<State, { state: "connecting" | "live" | "waiting" | "ended" }>
  | { readonly state: "retrying"; readonly code: Code; readonly after: number; readonly attempt: number }
  | { readonly state: "failed"; readonly code: Code; readonly detail: string };

/** Sessions that are not over: kept from the garbage collector, and told of networks and sleeps. */
const open = new Set<Link<never>>();

/** A session from its start to its end. */
export class Link<Stats> {
  #session: Session | undefined;
  #over = false;
  readonly #heard: Heard<Stats>;

  /** Starts it: `start` is the light node's `publish` or `watch`. Throws what that throws, as a HeadwaterError. */
  constructor(start: (emit: (type: string, detail: unknown) => void) => Session, heard: Heard<Stats>) {
    this.#heard = heard;
    listen();
    open.add(this as Link<never>);
    try {
      this.#session = start((type, detail) => {
        // What a listener throws is the page's to see, and not the light node's to stumble over.
        try {
          this.#hear(type, detail);
        } catch (error) {
          reportError(error);
        }
      });
    } catch (error) {
      this.#end();
      throw describe(error);
    }
    if (this.#over) this.#end();
  }

  get over(): boolean {
    return this.#over;
  }

  stop(): void {
    if (!this.#over) this.#session?.stop();
  }

  networkChanged(): void {
    if (!this.#over) this.#session?.networkChanged();
  }

  look(): void {
    if (!this.#over) this.#session?.look();
  }

  /** What the wallet has on chain now. */
  funds(funds: Funds): void {
    if (!this.#over) this.#session?.funds(funds);
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    if (this.#over || this.#session === undefined) throw new HeadwaterError("closed");
    try {
      await this.#session.replaceTrack(track);
    } catch (error) {
      throw describe(error);
    }
  }

  /** Whether the orchestrator switches layers within this session. */
  get switches(): boolean {
    return !this.#over && this.#session?.switches() === true;
  }

  /** Has another layer sent in the same session; `false` where the orchestrator does not switch. */
  async selectLayer(layer: string): Promise<boolean> {
    if (this.#over || this.#session === undefined) throw new HeadwaterError("closed");
    try {
      return await this.#session.select(layer);
    } catch (error) {
      throw describe(error);
    }
  }

  /** How many video frames were decoded on the current connection. */
  async framesDecoded(): Promise<number> {
    return this.#over || this.#session === undefined ? 0 : this.#session.framesDecoded();
  }

  #hear(type: string, detail: unknown): void {
    const heard = this.#heard;
    switch (type) {
      case "state": {
        const state = typed(detail as RawState);
        if (state.state === "ended" || state.state === "failed") this.#end();
        heard.state?.(state);
        break;
      }
      case "offer":
        heard.offer?.(detail as Manifest);
        break;
      case "notice":
        heard.notice?.(detail as Notice);
        break;
      case "error": {
        const { code, message } = detail as Notice;
        heard.error?.(new HeadwaterError(code, message));
        break;
      }
      case "track":
        heard.track?.(detail as MediaStreamTrack);
        break;
      case "stats":
        heard.stats?.(detail as Stats);
        break;
      case "payment": {
        const { tickets, faceValue, chance, value, balance } = detail as Digits<PaymentSent>;
        heard.payment?.({
          tickets,
          faceValue: BigInt(faceValue),
          chance,
          value: BigInt(value),
          balance: BigInt(balance),
        });
        break;
      }
      case "balance": {
        const { wei, ...counts } = detail as Digits<PaymentAnswer>;
        heard.balance?.({ ...counts, wei: BigInt(wei) });
        break;
      }
      case "receipt":
        heard.receipt?.(detail as string);
        break;
    }
  }

  #end(): void {
    this.#over = true;
    open.delete(this as Link<never>);
    const session = this.#session;
    // Later: this may be inside one of its own calls.
    if (session !== undefined) queueMicrotask(() => session.free());
    this.#session = undefined;
  }
}

function typed(raw: RawState): State {
  switch (raw.state) {
    case "retrying":
      return { state: "retrying", error: new HeadwaterError(raw.code), after: raw.after, attempt: raw.attempt };
    case "failed":
      return { state: "failed", error: new HeadwaterError(raw.code, raw.detail) };
    default:
      return raw;
  }
}

let listening = false;

/** Tells sessions what the platform says of networks and sleeps, so that they need not find out by missing something. */
function listen(): void {
  if (listening) return;
  listening = true;
  const changed = () => open.forEach((link) => link.networkChanged());
  globalThis.addEventListener("online", changed);
  const { connection } = navigator as Navigator & { readonly connection?: Connection };
  // Its event also comes for every new guess at the bandwidth; another kind of network is what matters.
  const kind = () => connection?.type ?? connection?.effectiveType;
  let before = kind();
  connection?.addEventListener("change", () => {
    const now = kind();
    if (now !== before) changed();
    before = now;
  });
  // A page that was frozen, or a laptop that slept, is seen to as soon as somebody looks again.
  const look = () => {
    if (document.visibilityState === "visible") open.forEach((link) => link.look());
  };
  document.addEventListener("visibilitychange", look);
  document.addEventListener("resume", look);
  globalThis.addEventListener("pageshow", look);
}

/** The Network Information API, where there is one. */
interface Connection extends EventTarget {
  readonly type?: string;
  readonly effectiveType?: string;
}
