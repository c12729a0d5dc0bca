// Opening what is broadcast: camera, screen or a file for the picture, a microphone or the picture's own sound.

import { type CaptureRequest, capture } from "@headwater/light-node";

import { NO_DEVICE } from "./devices.ts";
import type { Source } from "./state.ts";

/** What the menus say; an empty id is the browser's default. */
export interface Choices {
  readonly camera: string;
  readonly voice: string;
  readonly file: File | undefined;
}

/** A running picture, with the sound that belongs to it. */
export interface Picture {
  readonly source: Source;
  readonly track: MediaStreamTrack;
  readonly sound: MediaStreamTrack | undefined;
  /** People expect a mirror of themselves, but of nothing else. */
  readonly mirrorable: boolean;
  release(): void;
}

/** A running microphone. */
export interface Voice {
  readonly track: MediaStreamTrack;
  release(): void;
}

/** Both at once, so that the browser asks once for camera and microphone. Rejects with the package's errors. */
export async function openBoth(choices: Choices): Promise<{ picture: Picture; voice: Voice | undefined }> {
  const { camera, voice } = choices;
  const { media } = await capture({
    source: "camera",
    ...(camera && { camera }),
    ...(voice && { microphone: voice !== NO_DEVICE && voice }),
  });
  const [track] = media.getVideoTracks();
  const [spoken] = media.getAudioTracks();
  if (!track) throw new Error("the camera gave no picture");
  return { picture: picture("camera", track), voice: spoken && microphone(spoken) };
}

/** The picture of `source` alone. Rejects with the package's errors. */
export async function openPicture(source: Source, choices: Choices): Promise<Picture> {
  const { media, stop } = await capture(request(source, choices));
  const [track] = media.getVideoTracks();
  const [sound] = media.getAudioTracks();
  if (!track) {
    stop();
    throw new Error("the source gave no picture");
  }
  return picture(source, track, sound, stop);
}

/** The chosen microphone; nothing if none is chosen. Rejects with the package's errors. */
export async function openVoice({ voice }: Choices): Promise<Voice | undefined> {
  if (voice === NO_DEVICE) return undefined;
  const { media } = await capture({ source: "camera", camera: false, ...(voice && { microphone: voice }) });
  const [track] = media.getAudioTracks();
  return track && microphone(track);
}

function picture(
  source: Source,
  track: MediaStreamTrack,
  sound?: MediaStreamTrack,
  release: () => void = () => track.stop(),
): Picture {
  const mirrorable = source === "camera" && track.getSettings().facingMode !== "environment";
  return { source, track, sound, mirrorable, release };
}

function microphone(track: MediaStreamTrack): Voice {
  return { track, release: () => track.stop() };
}

function request(source: Source, { camera, file }: Choices): CaptureRequest {
  switch (source) {
    case "camera":
      return { source, microphone: false, ...(camera && { camera }) };
    case "screen":
      return { source };
    case "file":
      if (!file) throw new Error("no file is chosen");
      return { source, file };
  }
}
