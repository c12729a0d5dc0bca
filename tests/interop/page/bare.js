// A WHIP and WHEP client without any package: RTCPeerConnection, fetch, and the standards.

import { PATIENCE_MS, connected, counts } from "./peer.js";

/** @typedef {import("./globals.js").Way} Way */

/** @type {Record<string, RTCPeerConnection>} */
const peers = {};
/** @type {Record<string, { url: string, layer: string | undefined }>} Where they are ended, and their layers chosen. */
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
 * @param {{ whip: string, token: string, source: "film" | "camera", lines?: number, codec?: string, simulcast?: boolean, way?: Way, patience?: number }} to
 *   `codec`: the only one to offer
 */
async function publish(name, { whip, token, source, lines = 720, codec, simulcast, way, patience }) {
  const video = { width: (lines * 16) / 9, height: lines };
  const media = source === "film" ? await film() : await navigator.mediaDevices.getUserMedia({ audio: true, video });
  const peer = open(name, way);
  for (const track of media.getTracks()) {
    const layers = [{ rid: "h" }, { rid: "l", scaleResolutionDownBy: 2 }];
    const several = simulcast && track.kind === "video";
    const how = { streams: [media], ...(several && { sendEncodings: layers }) };
    only(peer.addTransceiver(track, { direction: "sendonly", ...how }), codec);
  }
  return exchange(name, whip, { token, way, patience });
}

/**
 * @param {string} name
 * @param {{ whep: string, codec?: string, way?: Way, patience?: number }} from `patience`: with what is not live yet
 */
async function watch(name, { whep, codec, way, patience }) {
  const peer = open(name, way);
  play(peer);
  for (const kind of ["audio", "video"]) only(peer.addTransceiver(kind, { direction: "recvonly" }), codec);
  return exchange(name, whep, { way, patience });
}

/** Shows what a peer receives. @param {RTCPeerConnection} peer */
function play(peer) {
  const video = Object.assign(document.createElement("video"), { autoplay: true, srcObject: new MediaStream() });
  document.body.append(video);
  peer.ontrack = ({ track }) => video.srcObject instanceof MediaStream && video.srcObject.addTrack(track);
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
    if (response.status === 406) return { ...(await counter(name, response, body)), countered: true };
    if (response.status !== 201) {
      const told = response.headers.get("content-type") === "application/problem+json";
      return { refused: { status: response.status, problem: told ? JSON.parse(body) : { code: "", detail: body } } };
    }
    sessions[name] = session(response);
    // RFC 9725, 4.6: the servers come with the answer, so gathering has to begin after it.
    if (way === "relay") peer.setConfiguration({ ...peer.getConfiguration(), iceServers: iceServers(response) });
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: "answer", sdp: way === "tcp" ? overTcp(body) : body });
    await connected(peer, patience);
    return { connectMs: Math.round(performance.now() - asked) };
  }
}

/**
 * Takes the offer that a WHEP server makes where it cannot answer the player's: its codecs are others.
 * @param {string} name @param {Response} response @param {string} sdp
 */
async function counter(name, response, sdp) {
  const asked = performance.now();
  peers[name]?.close();
  const peer = open(name);
  play(peer);
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription();
  const made = session(response);
  const headers = { "content-type": "application/sdp" };
  const { status } = await fetch(made.url, { method: "PATCH", headers, body: peer.localDescription?.sdp ?? "" });
  if (status !== 204) throw new Error(`the answer to the counter-offer got ${status}`);
  sessions[name] = made;
  await connected(peer);
  return { connectMs: Math.round(performance.now() - asked) };
}

/** The answer as a network that lets no UDP through would have it. @param {string} sdp */
function overTcp(sdp) {
  const lines = sdp.split("\r\n").filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
  if (!lines.some((line) => line.startsWith("a=candidate:"))) throw new Error("the answer has no TCP candidate");
  return lines.join("\r\n");
}

/** A session as an answer's headers name it. @param {Response} response */
function session(response) {
  /** @param {string} path */
  const absolute = (path) => new URL(path, response.url).href;
  const [layer] = links(response, "urn:ietf:params:whep:ext:core:layer");
  return { url: absolute(response.headers.get("location") ?? ""), layer: layer && absolute(layer.target) };
}

/** The TURN and STUN servers that an answer names. @param {Response} response @returns {RTCIceServer[]} */
function iceServers(response) {
  return links(response, "ice-server").map(({ target, value }) => {
    return { urls: target, username: value("username"), credential: value("credential") };
  });
}

/** An answer's `Link` headers of one relation. @param {Response} response @param {string} rel */
function links(response, rel) {
  const all = (response.headers.get("link") ?? "").split(/,\s*(?=<)/).map((link) => ({
    target: link.match(/<([^>]*)>/)?.[1] ?? "",
    /** @param {string} key */
    value: (key) => link.match(new RegExp(`;\\s*${key}="([^"]*)"`))?.[1] ?? "",
  }));
  return all.filter(({ value }) => value("rel") === rel);
}

/** Chooses what a viewer's session is sent. @param {string} name @param {string} rid */
async function select(name, rid) {
  const headers = { "content-type": "application/json" };
  return (await fetch(sessions[name]?.layer ?? "", { method: "POST", headers, body: JSON.stringify({ rid }) })).status;
}

/** Ends a session by DELETE. @param {string} name */
async function end(name) {
  peers[name]?.close();
  return (await fetch(sessions[name]?.url ?? "", { method: "DELETE" })).status;
}

globalThis.client = { publish, watch, select, end, counts: async (name) => counts(peers[name]) };
