// Which wallets this browser has: those that announce themselves (EIP-6963), else the one in `window.ethereum`.

import { Emitter } from "../events.js";
import { type Provider, isProvider } from "./provider.js";

/** A wallet that a visitor may choose. What it says of itself is its own claim: show it as text. */
export interface AnnouncedWallet {
  readonly id: string;
  readonly name: string;
  /** An image as a `data:` URL; nothing where the wallet gave none that can be trusted to be only that. */
  readonly icon?: string;
  readonly provider: Provider;
}

/** Any script may announce: more than anybody has wallets, and few enough to show. */
const MOST_WALLETS = 24;
/** As text on a button. */
const MOST_NAME = 48;
/** Real icons have 96 × 96 pixels and some kilobytes. */
const MOST_ICON = 64 * 1024;
const ICON = /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/i;

export interface WalletsEvents {
  /** Another wallet has announced itself. */
  change: readonly AnnouncedWallet[];
}

/** The wallets found so far; more may come at any time. */
export class Wallets extends Emitter<WalletsEvents> {
  readonly #page: EventTarget & { readonly ethereum?: unknown };
  readonly #found = new Map<string, AnnouncedWallet>();
  readonly #hear = (event: Event) => this.#announced((event as CustomEvent<unknown>).detail);

  /** @internal */
  constructor(page: EventTarget & { readonly ethereum?: unknown }) {
    super();
    this.#page = page;
    page.addEventListener("eip6963:announceProvider", this.#hear);
    page.dispatchEvent(new Event("eip6963:requestProvider"));
  }

  /** In the order of their announcements. */
  get list(): readonly AnnouncedWallet[] {
    const found = [...this.#found.values()];
    const injected = this.#page.ethereum;
    // Whoever announces itself is usually also what `window.ethereum` leads to.
    if (found.length === 0 && isProvider(injected)) {
      return [{ id: "injected", name: "Browser wallet", provider: injected }];
    }
    return found;
  }

  /** Listens no more. */
  stop(): void {
    this.#page.removeEventListener("eip6963:announceProvider", this.#hear);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #announced(detail: unknown): void {
    const { info, provider } = (detail ?? {}) as { info?: Record<string, unknown>; provider?: unknown };
    const id = info?.uuid;
    if (!isProvider(provider) || typeof id !== "string" || id === "" || id.length > 64) return;
    if (this.#found.has(id) || this.#found.size >= MOST_WALLETS) return;
    const name = typeof info?.name === "string" ? info.name.trim().slice(0, MOST_NAME) : "";
    const icon = info?.icon;
    const safe = typeof icon === "string" && icon.length <= MOST_ICON && ICON.test(icon);
    this.#found.set(id, { id, name: name || "Wallet", provider, ...(safe ? { icon } : {}) });
    this.tell("change", this.list);
  }
}

/** Asks for wallets and listens for those that come later. `page` is the window, where there is one. */
export function discover(page: EventTarget & { readonly ethereum?: unknown } = globalThis.window): Wallets {
  return new Wallets(page ?? new EventTarget());
}
