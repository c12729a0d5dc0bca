// A UDP wire between browsers and a server, which can be cut: what came over one of the browsers' sockets so far passes no
// more, in either direction, and a new socket does. That is what another network, or a NAT that forgets, looks like.

import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";

import { Server } from "./server.mjs";

/** @typedef {import("node:dgram").Socket} Socket */

/**
 * A server whose media goes over a wire.
 * @param {{ flags?: string[], host?: string, only?: string }} [options] `host`: the address that browsers send to; `only`:
 *   the one whose packets pass, as behind a firewall
 */
export async function wired({ flags = [], host = "127.0.0.1", only } = {}) {
  const outside = createSocket("udp4");
  outside.bind(0, host);
  await once(outside, "listening");
  const { port } = outside.address();
  // The same port on two addresses: the server names the one, and listens on the other.
  const server = await Server.start({ media: "127.0.0.2", port, flags: ["--advertise", host, ...flags] });
  /** By the browser's address; nothing for those that are cut. @type {Map<string, Socket | undefined>} */
  const ways = new Map();
  const arrivals = new EventEmitter();
  outside.on("message", (packet, sender) => {
    if (only !== undefined && sender.address !== only) return;
    const from = `${sender.address} ${sender.port}`;
    if (!ways.has(from)) {
      ways.set(from, way(outside, sender));
      arrivals.emit("socket");
    }
    ways.get(from)?.send(packet, port, "127.0.0.2");
  });
  return {
    server,
    /** How many sockets of browsers were seen. */
    get sockets() {
      return ways.size;
    },
    /** Until there were more than so many. @param {number} count */
    async more(count) {
      while (ways.size <= count) await once(arrivals, "socket");
    },
    /** Cuts all that there are. */
    cut() {
      for (const [from, socket] of ways) {
        socket?.close();
        ways.set(from, undefined);
      }
    },
    async stop() {
      this.cut();
      outside.close();
      await server.stop();
    },
  };
}

/** The server's side of one browser's socket. @param {Socket} outside @param {import("node:dgram").RemoteInfo} browser */
function way(outside, { address, port }) {
  const socket = createSocket("udp4");
  socket.on("message", (packet) => outside.send(packet, port, address));
  return socket;
}
