// Eyevinn's WHIP client and WebRTC player, as their manuals use them.

import { WebRTCPlayer } from "@eyevinn/webrtc-player";
import { WHIPClient } from "@eyevinn/whip-web-client";

import { connected, counts } from "./peer.js";

// They keep their connections to themselves; here they are measured.
/** @type {Record<string, WHIPClient | WebRTCPlayer>} */
const running = {};
/** @param {string} name @returns {RTCPeerConnection} */
const peer = (name) => /** @type {any} */ (running[name])?.peer;

/** @param {string} name @param {{ whip: string, token: string }} to */
async function publish(name, { whip, token }) {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
  const asked = performance.now();
  const client = new WHIPClient({ endpoint: whip, opts: { authkey: token, iceServers: [] } });
  await client.ingest(media);
  running[name] = client;
  return { ...(await begun(name, asked)), trickles: client.supportTrickleIce() };
}

/** @param {string} name @param {{ whep: string, patience?: number }} from */
async function watch(name, { whep, patience }) {
  const video = Object.assign(document.createElement("video"), { autoplay: true });
  document.body.append(video);
  const asked = performance.now();
  const player = new WebRTCPlayer({ video, type: "whep", iceServers: [] });
  await player.load(new URL(whep));
  running[name] = player;
  return begun(name, asked, patience);
}

/** @param {string} name @param {number} asked @param {number} [patience] */
async function begun(name, asked, patience) {
  await connected(peer(name), patience);
  return { connectMs: Math.round(performance.now() - asked) };
}

/** Ends it in its own way. @param {string} name */
async function end(name) {
  const client = running[name];
  if (client instanceof WHIPClient) await client.destroy();
  if (client instanceof WebRTCPlayer) await client.unload();
}

globalThis.client = { publish, watch, end, counts: async (name) => counts(peer(name)) };
