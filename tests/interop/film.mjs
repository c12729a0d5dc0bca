// The film in the forms that foreign publishers send as they are: 25 pictures a second, a keyframe in each, and sound.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, extname } from "node:path";
import { promisify } from "node:util";

import { fixture, target } from "../browser/places.mjs";

const FPS = 25;

// The film whispers (-40 dBFS): this puts it where a microphone would be.
const SOUND = ["-af", "volume=20dB,alimiter=limit=0.9", "-c:a", "libopus", "-b:a", "96k", "-ac", "2", "-ar", "48000"];
const SMALL = ["-vf", "scale=640:360"];
const GOP = ["-g", String(FPS)];

/** What encoders send: H.264 as WebRTC has it, and Opus. */
export const encoded = () =>
  made("encoded.mkv", ["-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "2500k"]);

/** Smaller, and eight times over, for publishers that encode it anew and cannot begin it again themselves. */
export const small = () => made("small.mkv", [...SMALL, "-c:v", "libx264", "-preset", "veryfast"], ["-stream_loop", "7"]);

/** What every browser plays. */
export const webm = () => made("film.webm", ["-vf", "scale=960:540", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "3M"]);

/** @param {string} name @param {string[]} video @param {string[]} [reading] */
async function made(name, video, reading = []) {
  const [source, path] = [fixture("bbb-720p25.mp4"), target(`film/interop/${name}`)];
  const newest = Math.max(...[source, new URL(import.meta.url).pathname].map((file) => statSync(file).mtimeMs));
  if (existsSync(path) && statSync(path).mtimeMs > newest) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole: an interrupted run leaves no half file to be taken for the film.
  const partial = `${path}.${process.pid}${extname(path)}`;
  await promisify(execFile)("ffmpeg", ["-v", "error", "-y", ...reading, "-i", source, ...video, ...GOP, ...SOUND, partial]);
  renameSync(partial, path);
  return path;
}
