// EventTarget with types, and events as an async iterator.

/** An EventTarget whose event types and details are those of `Events`. */
export interface Emitter<Events extends object> extends EventTarget {
  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: ((event: CustomEvent<Events[Type]>) => void) | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: ((event: CustomEvent<Events[Type]>) => void) | null,
    options?: EventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

export abstract class Emitter<Events extends object> extends EventTarget {
  /** @internal */
  protected tell<Type extends keyof Events & string>(type: Type, detail: Events[Type]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * The newest of something, again and again: a slow reader skips what it missed instead of piling it up.
 *
 * @internal
 */
export class Latest<T> {
  #value: { readonly value: T } | undefined;
  #over = false;
  #readers = new Set<() => void>();

  /** Hands `value` to whoever waits. */
  set(value: T): void {
    this.#value = { value };
    this.#wake();
  }

  /** Ends every iteration. */
  end(): void {
    this.#over = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#readers) wake();
    this.#readers.clear();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let seen = this.#value;
    while (!this.#over) {
      if (this.#value !== undefined && this.#value !== seen) {
        seen = this.#value;
        yield seen.value;
      } else {
        await new Promise<void>((resolve) => this.#readers.add(resolve));
      }
    }
  }
}

/**
 * A promise and who settles it. Not waiting for it is no error: its failure is told otherwise too.
 *
 * @internal
 */
export class Outcome {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
