// The film as a camera and a microphone: raw frames with their numbers drawn in, and the film's own sound.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { barcode } from "./barcode.mjs";
import { fixture, target } from "./places.mjs";

/** What the film is: real pictures, 5.28 s of them. */
export const FILM = { width: 1280, height: 720, fps: 25, frames: 132, seconds: 132 / 25 };

/** Raw frames cost the browser a copy; MJPEG of the same costs it a decoder. */
const FRAME_BYTES = (FILM.width * FILM.height * 3) / 2;

/**
 * The film's files, made at first use. Both are exactly as long, so that they stay together when the browser repeats
 * them.
 */
export async function film() {
  const source = fixture("bbb-720p25.mp4");
  const [video, audio] = await Promise.all([
    made(source, target("film/camera.y4m"), numbered),
    made(source, target("film/microphone.wav"), sound),
  ]);
  return { video, audio, source };
}

/**
 * `path`, made from `source` unless it is there and newer.
 * @param {string} source @param {string} path @param {(source: string, path: string) => Promise<void>} make
 */
async function made(source, path, make) {
  const script = new URL(import.meta.url).pathname;
  const newest = Math.max(statSync(source).mtimeMs, statSync(script).mtimeMs);
  if (existsSync(path) && statSync(path).mtimeMs > newest) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole: an interrupted run leaves no half file to be taken for the film.
  const partial = path.replace(/(\.\w+)$/, `.${process.pid}$1`);
  await make(source, partial);
  renameSync(partial, path);
  return path;
}

/** @param {string} source @param {string} path */
async function numbered(source, path) {
  const arguments_ = ["-v", "error", "-i", source, "-an", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"];
  const ffmpeg = spawn("ffmpeg", arguments_, { stdio: ["ignore", "pipe", "inherit"] });
  const file = createWriteStream(path);
  file.write(`YUV4MPEG2 W${FILM.width} H${FILM.height} F${FILM.fps}:1 Ip A1:1 C420jpeg\n`);
  let frames = 0;
  for await (const picture of pictures(ffmpeg.stdout)) {
    barcode.drawPlane(picture, FILM.width, frames);
    frames += 1;
    if (!file.write(Buffer.concat([Buffer.from("FRAME\n"), picture]))) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  if (frames !== FILM.frames) throw new Error(`ffmpeg decoded ${frames} frames of ${source}, not ${FILM.frames}`);
}

/** Whole frames out of a pipe. @param {AsyncIterable<Buffer>} pipe */
async function* pictures(pipe) {
  let picture = Buffer.alloc(FRAME_BYTES);
  let filled = 0;
  for await (let chunk of pipe) {
    while (chunk.length > 0) {
      const taken = chunk.copy(picture, filled);
      filled += taken;
      chunk = chunk.subarray(taken);
      if (filled < FRAME_BYTES) continue;
      yield picture;
      picture = Buffer.alloc(FRAME_BYTES);
      filled = 0;
    }
  }
}

/** @param {string} source @param {string} path */
async function sound(source, path) {
  // The film whispers (-40 dBFS): the gain puts it where a microphone would be, the limiter keeps its few loud moments.
  const filter = `volume=20dB,alimiter=limit=0.9,apad,atrim=end_sample=${FILM.seconds * 48_000}`;
  const arguments_ = ["-v", "error", "-y", "-i", source, "-vn", "-ac", "2", "-ar", "48000", "-af", filter];
  await promisify(execFile)("ffmpeg", [...arguments_, "-c:a", "pcm_s16le", path]);
}
