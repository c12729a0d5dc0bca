// A number drawn into a picture as black and white cells, and read back after scaling and compression.
//
// Two rows of cells along the top edge. The upper row holds the number and its check bits, the lower row the opposite
// of each cell: a bit is which of the two is lighter, whatever encoders and colour conversions did to black and white.
// The number is Gray-coded, so that from one frame to the next few cells change and the barcode costs few bits.
//
// A classic script without exports: pages run it as it is (`addInitScript`), Node imports it for its effect.

(() => {
  /** Bits of the number; at 25 frames a second it repeats after 43 minutes. */
  const NUMBER_BITS = 16;
  const CHECK_BITS = 4;
  const BITS = NUMBER_BITS + CHECK_BITS;
  /** A cell's side at 1280 pixels of width; 240p leaves it 10 pixels, of which the inner half is read. */
  const CELL = 32;
  const FULL_WIDTH = 1280;
  /** How much lighter, of 255, one cell of a pair has to be: less is no barcode. */
  const CONTRAST = 64;

  /** The remainder of the number by x⁴ + x + 1. @param {number} number */
  function check(number) {
    let rest = number << CHECK_BITS;
    for (let bit = BITS - 1; bit >= CHECK_BITS; bit -= 1) {
      if ((rest >> bit) & 1) rest ^= 0b10011 << (bit - CHECK_BITS);
    }
    return rest;
  }

  /** The cells of the upper row, left to right. @param {number} number @returns {boolean[]} */
  function cells(number) {
    const gray = (number ^ (number >> 1)) & (2 ** NUMBER_BITS - 1);
    const word = (gray << CHECK_BITS) | check(gray);
    return Array.from({ length: BITS }, (_, i) => ((word >> (BITS - 1 - i)) & 1) === 1);
  }

  /** The number that cells say, if their check bits fit. @param {boolean[]} row @returns {number | undefined} */
  function number(row) {
    const word = row.reduce((value, bit) => value * 2 + Number(bit), 0);
    let gray = word >> CHECK_BITS;
    if (check(gray) !== (word & (2 ** CHECK_BITS - 1))) return undefined;
    let value = 0;
    for (; gray > 0; gray >>= 1) value ^= gray;
    return value;
  }

  /**
   * Draws `number` into a luma plane.
   * @param {Uint8Array} plane rows of `width` bytes @param {number} width @param {number} value
   */
  function drawPlane(plane, width, value) {
    const cell = (CELL * width) / FULL_WIDTH;
    const row = cells(value);
    for (let y = 0; y < 2 * cell; y += 1) {
      const opposite = y >= cell;
      for (const [i, bit] of row.entries()) {
        plane.fill(bit === opposite ? 16 : 235, y * width + i * cell, y * width + (i + 1) * cell);
      }
    }
  }

  /** Draws `number` onto a canvas. @param {CanvasRenderingContext2D} canvas @param {number} value */
  function drawCanvas(canvas, value) {
    const cell = (CELL * canvas.canvas.width) / FULL_WIDTH;
    for (const [i, bit] of cells(value).entries()) {
      canvas.fillStyle = bit ? "white" : "black";
      canvas.fillRect(i * cell, 0, cell, cell);
      canvas.fillStyle = bit ? "black" : "white";
      canvas.fillRect(i * cell, cell, cell, cell);
    }
  }

  /** The part of a picture `width` pixels wide that has to be read. @param {number} width */
  function strip(width) {
    const cell = (CELL * width) / FULL_WIDTH;
    const even = (/** @type {number} */ length) => Math.ceil(length / 2) * 2;
    return { x: 0, y: 0, width: Math.min(even(BITS * cell), width), height: even(2 * cell) };
  }

  /**
   * Reads the number from the luma of a picture's strip.
   * @param {Uint8Array} bytes @param {{ offset: number, stride: number, step: number }} layout where luma is
   * @param {number} width of the whole picture @returns {number | undefined} nothing if there is no barcode
   */
  function read(bytes, { offset, stride, step }, width) {
    const cell = (CELL * width) / FULL_WIDTH;
    const mean = (/** @type {number} */ column, /** @type {number} */ row) => {
      let sum = 0;
      let count = 0;
      for (let y = Math.ceil((row + 0.25) * cell); y < (row + 0.75) * cell; y += 1) {
        for (let x = Math.ceil((column + 0.25) * cell); x < (column + 0.75) * cell; x += 1) {
          sum += bytes[offset + y * stride + x * step] ?? 0;
          count += 1;
        }
      }
      return sum / count;
    };
    const row = [];
    for (let i = 0; i < BITS; i += 1) {
      const difference = mean(i, 0) - mean(i, 1);
      if (Math.abs(difference) < CONTRAST) return undefined;
      row.push(difference > 0);
    }
    return number(row);
  }

  /**
   * Reads the number of a VideoFrame, without converting or copying more than the strip.
   * @param {VideoFrame} frame @returns {Promise<number | undefined>}
   */
  async function readFrame(frame) {
    const visible = frame.visibleRect;
    if (visible === null || frame.format === null) return undefined;
    const { width, height } = strip(visible.width);
    const rect = { x: visible.x, y: visible.y, width, height };
    const bytes = new Uint8Array(frame.allocationSize({ rect }));
    const [layout] = await frame.copyTo(bytes, { rect });
    // Packed formats have red, green and blue; green carries most of what the eye calls light.
    const packed = /^(RGB|BGR)/.test(frame.format);
    const { offset, stride } = layout ?? { offset: 0, stride: width };
    return read(bytes, { offset: offset + (packed ? 1 : 0), stride, step: packed ? 4 : 1 }, visible.width);
  }

  Object.assign(globalThis, { barcode: { drawPlane, drawCanvas, strip, read, readFrame } });
})();
