// What a page shows and hears, measured from outside the page's own code: which numbered frame was there when, and how
// loud the sound was when. Times are milliseconds since 1970, one clock for every page of the machine.
//
// A classic script like `barcode.js`, which it needs: pages run it as it is (`addInitScript`).

(() => {
  const { strip, read, readFrame } = globalThis.barcode;

  const now = () => performance.timeOrigin + performance.now();

  const UNREAD = /** @type {number | undefined} */ (undefined);

  /** Loudness is kept in blocks of this many milliseconds, fine enough to align sound to a video frame. */
  const BLOCK_MS = 5;

  /**
   * Every frame that `video` presents, from now on.
   * @param {HTMLVideoElement} video @returns {import("./globals.js").Shown[]} grows
   */
  function screen(video) {
    /** @type {import("./globals.js").Shown[]} */
    const frames = [];
    const look = async () => {
      video.requestVideoFrameCallback(look);
      // The callback's own arguments are older than the frame that the element by now hands out.
      const shown = { at: now(), width: video.videoWidth, height: video.videoHeight, number: UNREAD };
      frames.push(shown);
      shown.number = await readElement(video, shown.width);
    };
    video.requestVideoFrameCallback(look);
    return frames;
  }

  /** @param {HTMLVideoElement} video @param {number} width */
  async function readElement(video, width) {
    if ("VideoFrame" in globalThis) {
      let frame;
      try {
        frame = new VideoFrame(video);
        const number = await readFrame(frame);
        if (number !== undefined) return number;
      } catch {
        // The very first callback can come before the element hands its frame out; and Firefox copies none in part.
      } finally {
        frame?.close();
      }
    }
    const { width: w, height: h } = strip(width);
    const canvas = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    if (canvas === null) return undefined;
    canvas.drawImage(video, 0, 0);
    return read(new Uint8Array(canvas.getImageData(0, 0, w, h).data.buffer), { offset: 1, stride: 4 * w, step: 4 }, width);
  }

  /**
   * Every frame that a local track delivers, when the capture hands it over: earlier than any preview can show it.
   * @param {MediaStreamTrack} track @returns {import("./globals.js").Shown[]} grows
   */
  function capture(track) {
    /** @type {import("./globals.js").Shown[]} */
    const frames = [];
    void drain(track, async (/** @type {VideoFrame} */ frame) => {
      const at = now();
      const { displayWidth: width, displayHeight: height, timestamp } = frame;
      frames.push({ at, width, height, timestamp, number: await readFrame(frame) });
    });
    return frames;
  }

  /**
   * How loud a track is (root mean square, 0 to 1), in blocks of 5 ms.
   * @param {MediaStreamTrack} track @returns {import("./globals.js").Heard} grows
   */
  function sound(track) {
    /** @type {import("./globals.js").Heard} */
    const heard = { blockMs: BLOCK_MS, times: [], loudness: [], lag: Infinity };
    void drain(track, async (/** @type {AudioData} */ data) => {
      // By its own time: a busy page loses some of it, and gets the rest late.
      const start = performance.timeOrigin + data.timestamp / 1000;
      heard.lag = Math.min(heard.lag, now() - start);
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const blocks = Math.max(1, Math.round(data.duration / 1000 / BLOCK_MS));
      for (let i = 0; i < blocks; i += 1) {
        const block = samples.subarray((i * samples.length) / blocks, ((i + 1) * samples.length) / blocks);
        heard.times.push(start + i * BLOCK_MS);
        heard.loudness.push(Math.sqrt(block.reduce((sum, sample) => sum + sample * sample, 0) / block.length));
      }
    });
    return heard;
  }

  /**
   * A track's frames, one after the other, each closed after use.
   * @template {VideoFrame | AudioData} T
   * @param {MediaStreamTrack} track @param {(data: T) => Promise<void>} use
   */
  async function drain(track, use) {
    const { readable } = new MediaStreamTrackProcessor({ track: track.clone() });
    const reader = readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      try {
        await use(/** @type {T} */ (value));
      } finally {
        value.close();
      }
    }
  }

  /** When requests to paths that start so were sent. @param {string} path */
  function posts(path) {
    const requests = performance.getEntriesByType("resource").filter(({ name }) => new URL(name).pathname.startsWith(path));
    return requests.map(({ startTime }) => performance.timeOrigin + startTime);
  }

  Object.assign(globalThis, { probe: { screen, capture, sound, posts } });
})();
