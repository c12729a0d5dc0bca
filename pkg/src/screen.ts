// A video element: what is put into it, and when it shows something.

/** What a switch takes at the most: an intra picture is asked for, and is there after a frame and a round trip. */
const SWITCH_MS = 1_000;
const POLL_MS = 20;

/** Puts tracks into a video element. */
export class Screen {
  /** Resolves when the element has a frame of ours. */
  readonly firstFrame: Promise<void>;
  readonly #video: HTMLVideoElement;
  #media = new MediaStream();
  /** Whether it played when the page was last hidden. */
  #played = false;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    video.playsInline = true;
    this.firstFrame = new Promise((resolve) => {
      const shown = () => {
        if (video.srcObject === this.#media && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          video.removeEventListener("loadeddata", shown);
          resolve();
        }
      };
      // Hidden pages present no frames, but load them.
      video.addEventListener("loadeddata", shown);
      video.requestVideoFrameCallback?.(shown);
    });
    document.addEventListener("visibilitychange", this.#looked);
  }

  /** The element's size in device pixels; a whole screen's where it has none yet. */
  get pixels(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.#video;
    const { width, height } = globalThis.screen;
    const [w, h] = clientWidth * clientHeight > 0 ? [clientWidth, clientHeight] : [width, height];
    return { width: w * devicePixelRatio, height: h * devicePixelRatio };
  }

  /** Resolves when the picture has this size, or, where it had it before or never will, after a moment. */
  async shows({ width, height }: { width: number; height: number }): Promise<void> {
    const video = this.#video;
    for (let waited = 0; waited < SWITCH_MS; waited += POLL_MS) {
      if (video.videoWidth === width && video.videoHeight === height) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Calls `changed` when the element is given another size, until that is aborted. */
  onResize(changed: () => void, signal: AbortSignal): void {
    const observer = new ResizeObserver(changed);
    observer.observe(this.#video);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** Shows a track of a connection: its first, or, after a reconnection, in place of the one of its kind. */
  show(track: MediaStreamTrack): void {
    const before = this.#media.getTracks().filter((old) => old.kind === track.kind);
    if (before.length === 0) {
      this.#media.addTrack(track);
      this.#attach();
      return;
    }
    // The last picture stays until there is a new one.
    const swap = () => this.replace([track]);
    if (track.muted) track.addEventListener("unmute", swap, { once: true });
    else swap();
  }

  /** Puts tracks in place of those of their kinds, without emptying the element. */
  replace(tracks: readonly MediaStreamTrack[]): void {
    for (const track of tracks) {
      if (track.readyState === "ended") continue;
      const before = this.#media.getTracks().filter((old) => old.kind === track.kind);
      this.#media.addTrack(track);
      for (const old of before) this.#media.removeTrack(old);
    }
    this.#attach();
  }

  /** Empties the element, if it is still ours. */
  clear(): void {
    document.removeEventListener("visibilitychange", this.#looked);
    if (this.#video.srcObject === this.#media) this.#video.srcObject = null;
  }

  /** Some browsers pause what nobody sees: it goes on, with what is live then, unless a person had paused it. */
  readonly #looked = (): void => {
    const hidden = document.visibilityState === "hidden";
    if (hidden) this.#played = !this.#video.paused;
    else if (this.#played && this.#video.paused && this.#video.srcObject === this.#media) void this.#play();
  };

  #attach(): void {
    if (this.#video.srcObject !== this.#media) this.#video.srcObject = this.#media;
    if (this.#video.paused) void this.#play();
  }

  async #play(): Promise<void> {
    try {
      await this.#video.play();
    } catch (error) {
      // Autoplay policy: a picture without sound beats none. The page offers to unmute.
      if (error instanceof DOMException && error.name === "NotAllowedError" && !this.#video.muted) {
        this.#video.muted = true;
        await this.#video.play().catch(() => {});
      }
    }
  }
}
