// Where a broadcast's pictures and sound come from: camera, screen or a file.

import { HeadwaterError, describe } from "./errors.js";

export type CaptureRequest =
  | {
      readonly source: "camera";
      /** A device id from `devices()`, or `false` for the microphone alone; default: the browser's choice. */
      readonly camera?: string | false;
      /** A device id, or `false` for no sound; default: the browser's choice. */
      readonly microphone?: string | false;
      /** Wishes; the browser comes as close as the camera can. Default 1280×720 at 30. */
      readonly width?: number;
      readonly height?: number;
      readonly fps?: number;
      /** Default true: what the loudspeaker plays is kept out. Music wants false. */
      readonly echoCancellation?: boolean;
    }
  | {
      readonly source: "screen";
      /** Whether to ask for its sound too; default true. */
      readonly audio?: boolean;
    }
  | {
      readonly source: "file";
      readonly file: Blob;
      /** Default true. */
      readonly loop?: boolean;
    };

/** Pictures and sound, until they are stopped. */
export interface Capture {
  readonly media: MediaStream;
  /** Ends every track, and with them the camera's light. */
  stop(): void;
}

/**
 * Asks for a source. Cameras and files are marked as moving, screens as detail (`contentHint`): on a narrow uplink the
 * former get smaller and the latter slower. Rejects with `camera_denied`, `no_camera`, `camera_busy` or
 * `unsupported_browser`.
 */
export async function capture(request: CaptureRequest): Promise<Capture> {
  try {
    switch (request.source) {
      case "camera":
        return stoppable(await camera(request));
      case "screen":
        return stoppable(await screen(request));
      case "file":
        return await file(request);
    }
  } catch (error) {
    // Devices say AbortError when the hardware gives up; elsewhere it means that the page changed its mind.
    if (error instanceof DOMException && error.name === "AbortError") {
      throw new HeadwaterError("camera_busy", error.message, error);
    }
    throw describe(error);
  }
}

/** Cameras and microphones. They have names only once one of them was allowed. */
export async function devices(): Promise<{
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
}> {
  const all = await mediaDevices().enumerateDevices();
  return {
    cameras: all.filter(({ kind }) => kind === "videoinput"),
    microphones: all.filter(({ kind }) => kind === "audioinput"),
  };
}

function mediaDevices(): MediaDevices {
  const { mediaDevices } = globalThis.navigator ?? {};
  // Pages over plain http have none, except on localhost.
  if (mediaDevices === undefined) throw new HeadwaterError("unsupported_browser", "no devices without HTTPS");
  return mediaDevices;
}

async function camera(request: Extract<CaptureRequest, { source: "camera" }>): Promise<MediaStream> {
  const { camera, microphone, width = 1280, height = 720, fps = 30, echoCancellation = true } = request;
  const media = await mediaDevices().getUserMedia({
    video: camera !== false && {
      width: { ideal: width },
      height: { ideal: height },
      frameRate: { ideal: fps },
      ...(camera === undefined ? {} : { deviceId: { exact: camera } }),
    },
    audio: microphone !== false && {
      echoCancellation,
      noiseSuppression: echoCancellation,
      autoGainControl: echoCancellation,
      ...(microphone === undefined ? {} : { deviceId: { exact: microphone } }),
    },
  });
  return hinted(media, "motion");
}

/** Says what the picture is, which decides what gives way on a narrow uplink; unless the page knows better. */
function hinted(media: MediaStream, hint: "motion" | "detail"): MediaStream {
  for (const track of media.getVideoTracks()) track.contentHint ||= hint;
  return media;
}

async function screen({ audio = true }: Extract<CaptureRequest, { source: "screen" }>): Promise<MediaStream> {
  const devices = mediaDevices();
  // Phones have cameras, but cannot share their screens.
  if (!("getDisplayMedia" in devices)) throw new HeadwaterError("unsupported_browser", "it cannot share a screen");
  return hinted(await devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio }), "detail");
}

async function file({ file, loop = true }: Extract<CaptureRequest, { source: "file" }>): Promise<Capture> {
  const video = document.createElement("video") as Playing;
  const captureStream = video.captureStream ?? video.mozCaptureStream;
  if (captureStream === undefined) {
    throw new HeadwaterError("unsupported_browser", "it cannot broadcast a file");
  }
  const url = URL.createObjectURL(file);
  video.src = url;
  video.loop = loop;
  video.playsInline = true;
  const audio = new AudioContext();
  const stop = () => {
    media.getTracks().forEach((track) => track.stop());
    video.pause();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
    void audio.close();
  };
  const media = new MediaStream();
  try {
    // Its sound goes into the broadcast and nowhere else: the page hears nothing of it.
    const sound = audio.createMediaStreamDestination();
    audio.createMediaElementSource(video).connect(sound);
    await Promise.all([video.play(), audio.resume()]);
    for (const track of hinted(captureStream.call(video), "motion").getVideoTracks()) media.addTrack(track);
    for (const track of sound.stream.getAudioTracks()) media.addTrack(track);
  } catch (error) {
    stop();
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      throw new HeadwaterError("invalid_argument", "the browser cannot play this file", error);
    }
    throw error;
  }
  return { media, stop };
}

/** A video whose pictures can be had, by the standard's name or by Firefox's. */
interface Playing extends HTMLVideoElement {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

function stoppable(media: MediaStream): Capture {
  return { media, stop: () => media.getTracks().forEach((track) => track.stop()) };
}
