// How loud the microphone is, as a bar, so that a speaker sees that they are heard.

/** Something that runs until it is stopped. */
export interface Meter {
  stop(): void;
}

/** Drives `bar`, which lies in an element with the role `meter`; nothing if there is no way to measure. */
export function meter(track: MediaStreamTrack, bar: HTMLElement): Meter | undefined {
  if (typeof AudioContext === "undefined") return undefined;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const host = bar.parentElement;
  const say = (level: number) => {
    host?.setAttribute("aria-valuenow", String(Math.round(level * 100)));
    host?.setAttribute("aria-valuetext", words(level));
  };
  let ticks = 0;
  // Ten times a second is as often as the eye needs it, and costs nothing beside an encoder. Once a second is enough for
  // those who ask a screen reader.
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const level = loudness(power);
    bar.style.transform = `scaleX(${level.toFixed(2)})`;
    if (ticks++ % 10 === 0) say(level);
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      bar.style.transform = "";
      say(0);
      void context.close();
    },
  };
}

/** A level as somebody would say it. */
export function words(level: number): string {
  if (level < 0.05) return "silent";
  return level < 0.4 ? "quiet" : level < 0.9 ? "good" : "very loud";
}

/** Mean power (0…1) as a share of the range from -60 dB, which is a quiet room, to full scale. */
export function loudness(power: number): number {
  if (!(power > 0)) return 0;
  return Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60));
}
