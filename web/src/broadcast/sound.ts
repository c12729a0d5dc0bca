// The one sound that goes out: the microphone, the picture's own, or both.

/** A track made of others, until it is stopped. */
export interface Mix {
  readonly track: MediaStreamTrack;
  stop(): void;
}

/** One track for all of these: nothing for none, a track itself where it is alone. */
export function mix(tracks: readonly MediaStreamTrack[]): Mix | undefined {
  const [first, ...more] = tracks;
  if (first === undefined) return undefined;
  if (more.length === 0) return { track: first, stop() {} };
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  for (const track of tracks) context.createMediaStreamSource(new MediaStream([track])).connect(output);
  void context.resume();
  const [track] = output.stream.getAudioTracks();
  if (track === undefined) return undefined;
  return {
    track,
    stop() {
      track.stop();
      void context.close();
    },
  };
}
