// A connection of a client's, looked at from outside.

/** What a connection may take on a busy machine. */
export const PATIENCE_MS = 20_000;

/** Waits until media can flow. @param {RTCPeerConnection} peer @param {number} [patience] in milliseconds */
export async function connected(peer, patience = PATIENCE_MS) {
  await new Promise((resolve, reject) => {
    const look = () => {
      if (peer.connectionState === "connected") resolve(undefined);
      if (peer.connectionState === "failed") reject(new Error("the connection failed"));
    };
    peer.addEventListener("connectionstatechange", look);
    setTimeout(() => reject(new Error(`still ${peer.connectionState}`)), patience);
    look();
  });
}

/**
 * What a peer has sent, or received and decoded, until now.
 * @param {RTCPeerConnection} [peer] @returns {Promise<import("./globals.js").Counts>}
 */
export async function counts(peer) {
  /** @type {any[]} */
  const reports = [...((await peer?.getStats()) ?? new Map()).values()];
  /** @param {string} id */
  const byId = (id) => reports.find((report) => report.id === id) ?? {};
  /** @param {string} type @param {string} kind */
  const streams = (type, kind) => reports.filter((report) => report.type === type && report.kind === kind);
  const pair = reports.find((report) => report.type === "candidate-pair" && report.state === "succeeded" && report.nominated);
  const local = byId(pair?.localCandidateId);
  const [pictures] = streams("inbound-rtp", "video");
  const [sound] = streams("inbound-rtp", "audio");
  const sent = streams("outbound-rtp", "video");
  return {
    at: (pictures ?? sent[0])?.timestamp ?? 0,
    sent: Math.max(0, ...sent.map(({ framesSent = 0 }) => framesSent)),
    layers: sent.filter(({ framesSent = 0 }) => framesSent > 0).length,
    decoded: pictures?.framesDecoded ?? 0,
    size: [pictures?.frameWidth ?? 0, pictures?.frameHeight ?? 0],
    codec: byId((pictures ?? sent[0])?.codecId).mimeType ?? "",
    pieces: sound?.packetsReceived ?? 0,
    energy: sound?.totalAudioEnergy ?? 0,
    path: { type: local.candidateType ?? "", protocol: local.protocol ?? "" },
  };
}
