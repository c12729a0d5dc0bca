// Sound that is none.

/** A track, until it is stopped. */
export interface Silence {
  readonly track: MediaStreamTrack;
  stop(): void;
}

/**
 * Silence to send where there is no sound: a microphone can then be switched in at any time without a new connection,
 * and players have had their audio track from the start. Nothing where the browser cannot make sound.
 */
export function createSilence(): Silence | undefined {
  if (typeof AudioContext === "undefined") return undefined;
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  // A source of zeros: without any source, some browsers deliver nothing at all.
  const zeros = new ConstantSourceNode(context, { offset: 0 });
  zeros.connect(output);
  zeros.start();
  // Before the page's first touch it may have to wait; until then there is no sound, which is nearly the same.
  void context.resume().catch(() => {});
  const [track] = output.stream.getAudioTracks();
  if (track === undefined) return undefined;
  return {
    track,
    stop() {
      track.stop();
      void context.close().catch(() => {});
    },
  };
}
