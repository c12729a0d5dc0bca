// For the latency bench: a film on a canvas whose every picture notes when it was drawn, and the two ways it can travel.

/** Pictures kept decoded: two seconds of film, played forwards and backwards, so that there is no cut. */
const PICTURES = 60;
/** What the package sends a 720p picture with; and what it has the browser start at. */
const BITRATE = 2_500_000;
const START = "x-google-start-bitrate=2500";

/** @type {import("./globals.js").Shown[]} */
const drawn = [];

/** The film at 30 frames a second and a tone, both from this page. */
async function stageFilm() {
  const pictures = await decode("/film.mp4");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 1280, height: 720 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  let number = 0;
  let next = performance.now();
  const draw = (/** @type {number} */ now) => {
    requestAnimationFrame(draw);
    // Every other refresh of a 60 Hz screen, give or take its jitter.
    if (now < next - 4) return;
    next = Math.max(next + 1000 / 30, now);
    const at = performance.timeOrigin + performance.now();
    const turn = number % (2 * PICTURES - 2);
    const picture = pictures[turn < PICTURES ? turn : 2 * PICTURES - 2 - turn];
    if (picture) context.drawImage(picture, 0, 0);
    globalThis.barcode.drawCanvas(context, number % 65_536);
    drawn.push({ at, width: 1280, height: 720, number: number % 65_536 });
    number += 1;
  };
  requestAnimationFrame(draw);
  const media = canvas.captureStream();
  for (const track of globalThis.stage.tone()) media.addTrack(track);
  return media;
}

/** @param {string} url */
async function decode(url) {
  const video = document.createElement("video");
  // From memory, because seeking over HTTP wants a server that serves ranges.
  Object.assign(video, { muted: true, src: URL.createObjectURL(await (await fetch(url)).blob()) });
  const pictures = [];
  for (let i = 0; i < PICTURES; i += 1) {
    const sought = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
    video.currentTime = (i + 0.5) / 25;
    await sought;
    pictures.push(await createImageBitmap(video));
  }
  return pictures;
}

/** The sending end of a direct connection. @param {MediaStream} media */
async function sendDirectly(media) {
  const connection = new RTCPeerConnection();
  globalThis.direct = connection;
  for (const track of media.getTracks()) {
    // A stream each: the receiver then does not hold the picture back for the sound.
    const streams = [new MediaStream([track])];
    const sendEncodings = track.kind === "video" ? [{ maxBitrate: BITRATE }] : [];
    const transceiver = connection.addTransceiver(track, { direction: "sendonly", streams, sendEncodings });
    if (track.kind !== "video") continue;
    transceiver.setCodecPreferences(baseline());
    const parameters = Object.assign(transceiver.sender.getParameters(), { degradationPreference: "maintain-resolution" });
    await transceiver.sender.setParameters(parameters);
  }
  return described(connection, await connection.createOffer());
}

/** The receiving end. @param {string} offer @param {HTMLVideoElement} video */
async function receiveDirectly(offer, video) {
  const connection = new RTCPeerConnection();
  globalThis.direct = connection;
  const media = new MediaStream();
  connection.addEventListener("track", ({ track, receiver }) => {
    Object.assign(receiver, { jitterBufferTarget: 0 });
    media.addTrack(track);
    video.srcObject = media;
    void video.play();
  });
  await connection.setRemoteDescription({ type: "offer", sdp: offer });
  return described(connection, await connection.createAnswer());
}

/** @param {string} answer */
async function connectDirectly(answer) {
  const sdp = answer.replace(/^(a=fmtp:\d+ level-asymmetry.*)$/gm, `$1;${START}`);
  await globalThis.direct.setRemoteDescription({ type: "answer", sdp });
}

/** The codec that the package offers first, and what repairs its losses. */
function baseline() {
  const { codecs = [] } = RTCRtpSender.getCapabilities("video") ?? {};
  const wanted = (/** @type {RTCRtpCodec} */ { mimeType, sdpFmtpLine = "" }) =>
    mimeType === "video/rtx" || (mimeType === "video/H264" && /packetization-mode=1;profile-level-id=42/.test(sdpFmtpLine));
  return codecs.filter(wanted);
}

/** Its description with every candidate in it. @param {RTCPeerConnection} connection @param {RTCSessionDescriptionInit} description */
async function described(connection, description) {
  const gathered = new Promise((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve(undefined);
    });
  });
  await connection.setLocalDescription(description);
  await gathered;
  return connection.localDescription?.sdp ?? "";
}

globalThis.rehearsal = { drawn, stageFilm, sendDirectly, receiveDirectly, connectDirectly };

export {};
