// How loud the microphone is, as a bar, so that a speaker sees that they are heard.

/** Something that runs until it is stopped. */
export interface Meter {
  stop(): void;
}

/** Drives `bar` by the sound of `stream`; nothing if there is no sound or no way to measure it. */
export function meter(stream: MediaStream, bar: HTMLElement): Meter | undefined {
  if (stream.getAudioTracks().length === 0 || typeof AudioContext === "undefined") return undefined;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  // Ten times a second is as often as the eye needs it, and costs nothing beside an encoder.
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    bar.style.transform = `scaleX(${loudness(power).toFixed(2)})`;
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      bar.style.transform = "";
      void context.close();
    },
  };
}

/** Mean power (0…1) as a share of the range from -60 dB, which is a quiet room, to full scale. */
export function loudness(power: number): number {
  if (!(power > 0)) return 0;
  return Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60));
}
