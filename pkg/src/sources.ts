// What a broadcast sends now, and what becomes of it when a device goes away.

import { HeadwaterError } from "./errors.js";
import { createSilence, type Silence } from "./silence.js";

type Kind = "video" | "audio";

/** The picture and the sound of a broadcast. */
export class Sources {
  readonly #ended: (kind: Kind) => void;
  #video: MediaStreamTrack;
  #audio: MediaStreamTrack | undefined;
  #silence: Silence | undefined;
  #over = false;

  /** Starts with the first tracks of `media`; `ended` is called when a current one ends by itself. */
  constructor(media: MediaStream, ended: (kind: Kind) => void) {
    this.#ended = ended;
    const [video] = media.getVideoTracks();
    if (video === undefined) throw new HeadwaterError("invalid_argument", "the media stream has no video track");
    this.#video = video;
    [this.#audio] = media.getAudioTracks();
    for (const track of [this.#video, this.#audio]) if (track) this.#follow(track);
  }

  /** What to start with: always a picture, and sound or silence. */
  media(): MediaStream {
    const sound = this.#audio ?? this.#hush();
    return new MediaStream(sound === undefined ? [this.#video] : [this.#video, sound]);
  }

  /** Takes `track` as the picture. */
  video(track: MediaStreamTrack): void {
    of("video", track);
    this.#video = track;
    this.#follow(track);
  }

  /** Takes `track` as the sound, or silence; returns what to send then. */
  audio(track: MediaStreamTrack | null): MediaStreamTrack | undefined {
    if (track !== null) of("audio", track);
    this.#audio = track ?? undefined;
    if (track === null) return this.#hush();
    this.#follow(track);
    return track;
  }

  /** Ends the silence that a track has replaced. */
  settle(): void {
    if (!this.#over && this.#audio === undefined) return;
    this.#silence?.stop();
    this.#silence = undefined;
  }

  /** Nothing is sent any more. The tracks go on: they are the page's. */
  end(): void {
    this.#over = true;
    this.settle();
  }

  #hush(): MediaStreamTrack | undefined {
    this.#silence ??= createSilence();
    return this.#silence?.track;
  }

  #follow(track: MediaStreamTrack): void {
    const ended = () => {
      if (!this.#over && (track === this.#video || track === this.#audio)) this.#ended(track.kind as Kind);
    };
    // The page's own `stop()` makes no event: it knows.
    track.addEventListener("ended", ended, { once: true });
  }
}

function of(kind: Kind, track: MediaStreamTrack): void {
  if (track.kind !== kind) throw new HeadwaterError("invalid_argument", `a ${track.kind} track is no ${kind}`);
  if (track.readyState === "ended") throw new HeadwaterError("invalid_argument", `the ${kind} track has ended`);
}
