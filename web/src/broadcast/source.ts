// Opening what is broadcast: camera and microphone, screen, or a file.

import { type CaptureRequest, capture } from "@headwater/light-node";

import { NO_DEVICE } from "./devices.ts";
import type { Source } from "./state.ts";

/** What the menus say; an empty id is the browser's default. */
export interface Choices {
  readonly camera: string;
  readonly voice: string;
  readonly file: File | undefined;
}

/** A running source. */
export interface Opened {
  readonly media: MediaStream;
  /** People expect a mirror of themselves, but of nothing else. */
  readonly mirrored: boolean;
  release(): void;
}

/** Asks the browser for `source`. Rejects with the package's errors. */
export async function open(source: Source, choices: Choices): Promise<Opened> {
  const captured = await capture(request(source, choices));
  const facing = captured.media.getVideoTracks()[0]?.getSettings().facingMode;
  return {
    media: captured.media,
    mirrored: source === "camera" && facing !== "environment",
    release: () => captured.stop(),
  };
}

function request(source: Source, { camera, voice, file }: Choices): CaptureRequest {
  switch (source) {
    case "camera":
      return {
        source,
        ...(camera && { camera }),
        ...(voice && { microphone: voice !== NO_DEVICE && voice }),
      };
    case "screen":
      return { source };
    case "file":
      if (!file) throw new Error("no file is chosen");
      return { source, file };
  }
}
