// How far behind the orchestrator this screen is, as well as one end alone can tell.

/** What a viewer measures, in milliseconds. */
export interface Legs {
  /** To the orchestrator and back. */
  readonly rtt: number | undefined;
  /** A frame's mean wait in the jitter buffer. */
  readonly jitterBufferMs: number;
  /** From a frame's last packet to the screen, as told with each frame; nothing before the first. */
  readonly presentMs: number | undefined;
}

/** Half the round trip, then the way from arrival to screen; nothing while the round trip is unknown. */
export function delay({ rtt, jitterBufferMs, presentMs }: Legs): number | undefined {
  if (rtt === undefined) return undefined;
  return rtt / 2 + (presentMs ?? jitterBufferMs);
}

/** Watches `video`'s frames and returns a reader of the mean `presentMs` since it was last read. */
export function watchPresentation(video: HTMLVideoElement): () => number | undefined {
  let sum = 0;
  let count = 0;
  const onFrame = (_now: number, frame: VideoFrameCallbackMetadata) => {
    const took = frame.receiveTime === undefined ? NaN : frame.expectedDisplayTime - frame.receiveTime;
    if (took >= 0 && took < 10_000) {
      sum += took;
      count += 1;
    }
    video.requestVideoFrameCallback(onFrame);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(onFrame);
  return () => {
    const mean = count === 0 ? undefined : sum / count;
    sum = 0;
    count = 0;
    return mean;
  };
}
