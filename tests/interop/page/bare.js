// A WHIP and WHEP client without any package: RTCPeerConnection, fetch, and the standards.

import { PATIENCE_MS, connected, counts } from "./peer.js";

/** @typedef {import("./globals.js").Way} Way */

/** @type {Record<string, RTCPeerConnection>} */
const peers = {};
/** @type {Record<string, string>} */
const sessions = {};

/** The film, round and round: for browsers whose camera cannot play a file. */
async function film() {
  const video = Object.assign(document.createElement("video"), { src: "/film/film.webm", loop: true });
  document.body.append(video);
  await video.play();
  // Firefox has it under a name of its own.
  return (video.captureStream ?? video.mozCaptureStream).call(video);
}

/**
 * @param {string} name what this peer is called from now on
 * @param {{ whip: string, token: string, source: "film" | "camera", lines?: number, codec?: string, simulcast?: boolean, way?: Way }} to
 *   `codec`: the only one to offer
 */
async function publish(name, { whip, token, source, lines = 720, codec, simulcast, way }) {
  const video = { width: (lines * 16) / 9, height: lines };
  const media = source === "film" ? await film() : await navigator.mediaDevices.getUserMedia({ audio: true, video });
  const peer = open(name, way);
  for (const track of media.getTracks()) {
    const layers = [{ rid: "h" }, { rid: "l", scaleResolutionDownBy: 2 }];
    const several = simulcast && track.kind === "video";
    const how = { streams: [media], ...(several && { sendEncodings: layers }) };
    only(peer.addTransceiver(track, { direction: "sendonly", ...how }), codec);
  }
  return exchange(name, whip, { token, way });
}

/**
 * @param {string} name
 * @param {{ whep: string, codec?: string, way?: Way, patience?: number }} from `patience`: with what is not live yet
 */
async function watch(name, { whep, codec, way, patience }) {
  const peer = open(name, way);
  const video = Object.assign(document.createElement("video"), { autoplay: true, srcObject: new MediaStream() });
  document.body.append(video);
  peer.ontrack = ({ track }) => video.srcObject instanceof MediaStream && video.srcObject.addTrack(track);
  for (const kind of ["audio", "video"]) only(peer.addTransceiver(kind, { direction: "recvonly" }), codec);
  return exchange(name, whep, { way, patience });
}

/** Leaves a transceiver for video one codec. @param {RTCRtpTransceiver} transceiver @param {string} [codec] */
function only(transceiver, codec) {
  const { kind } = transceiver.receiver.track;
  if (kind !== "video" || codec === undefined) return;
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === codec));
}

/** @param {string} name @param {Way} [way] */
function open(name, way) {
  const peer = new RTCPeerConnection(way === "relay" ? { iceTransportPolicy: "relay" } : {});
  peers[name] = peer;
  return peer;
}

/**
 * Offers, takes the answer, and waits until media can flow. What is not live yet is asked for again.
 * @param {string} name @param {string} endpoint
 * @param {{ token?: string, way?: Way | undefined, patience?: number | undefined }} how
 */
async function exchange(name, endpoint, { token, way, patience = PATIENCE_MS }) {
  const peer = /** @type {RTCPeerConnection} */ (peers[name]);
  const offer = await peer.createOffer();
  const headers = { "content-type": "application/sdp", ...(token && { authorization: `Bearer ${token}` }) };
  const giveUp = performance.now() + patience;
  for (;;) {
    const asked = performance.now();
    const response = await fetch(endpoint, { method: "POST", headers, body: offer.sdp ?? "" });
    const body = await response.text();
    if (response.status === 409 && performance.now() < giveUp) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    if (response.status !== 201) return { refused: { status: response.status, problem: JSON.parse(body) } };
    sessions[name] = new URL(response.headers.get("location") ?? "", endpoint).href;
    // RFC 9725, 4.6: the servers come with the answer, so gathering has to begin after it.
    if (way === "relay") peer.setConfiguration({ ...peer.getConfiguration(), iceServers: iceServers(response) });
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: "answer", sdp: way === "tcp" ? overTcp(body) : body });
    await connected(peer);
    return { connectMs: Math.round(performance.now() - asked) };
  }
}

/** The answer as a network that lets no UDP through would have it. @param {string} sdp */
function overTcp(sdp) {
  const lines = sdp.split("\r\n").filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
  if (!lines.some((line) => line.startsWith("a=candidate:"))) throw new Error("the answer has no TCP candidate");
  return lines.join("\r\n");
}

/** The servers in an answer's `Link` headers. @param {Response} response @returns {RTCIceServer[]} */
function iceServers(response) {
  const links = (response.headers.get("link") ?? "").split(/,\s*(?=<)/);
  return links.filter((link) => /rel="?ice-server"?/.test(link)).map((link) => {
    /** @param {string} key */
    const value = (key) => link.match(new RegExp(`;\\s*${key}="([^"]*)"`))?.[1] ?? "";
    return { urls: link.match(/<([^>]*)>/)?.[1] ?? "", username: value("username"), credential: value("credential") };
  });
}

/** Ends a session by DELETE. @param {string} name */
async function end(name) {
  peers[name]?.close();
  return (await fetch(sessions[name] ?? "", { method: "DELETE" })).status;
}

globalThis.client = { publish, watch, end, counts: async (name) => counts(peers[name]) };
