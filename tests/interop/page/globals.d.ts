// What this folder's scripts put into a page, and what browsers have beyond TypeScript's library.

/** The way that media has to take: through a TURN server, or over TCP. */
export type Way = "relay" | "tcp";

/** What a peer has sent, or received and decoded. */
export interface Counts {
  /** When they were counted, in milliseconds of some clock. */
  at: number;
  /** Pictures of its best layer, and how many layers were sent at all. */
  sent: number;
  layers: number;
  /** Pictures, the size of the last, and their codec. */
  decoded: number;
  size: number[];
  codec: string;
  /** Packets of sound, and what was in them: loudness squared times seconds. */
  pieces: number;
  energy: number;
  /** The own end of the path that media takes. */
  path: { type: string; protocol: string };
}

export interface Begun {
  connectMs?: number;
  /** Whether candidates could be sent one by one, as far as the client says. */
  trickles?: boolean;
  /** Whether it was the node that made the offer in the end. */
  countered?: boolean;
  refused?: { status: number; problem: { code: string; detail: string } };
}

/** A WHIP and WHEP client. Each of its peers has a name. */
export interface Client {
  publish(name: string, to: any): Promise<Begun>;
  watch(name: string, from: any): Promise<Begun>;
  counts(name: string): Promise<Counts>;
  /** Chooses a layer; the status of the request. */
  select?(name: string, rid: string): Promise<number>;
  end(name: string): Promise<unknown>;
}

declare global {
  /** The page's. */
  var client: Client;

  interface HTMLMediaElement {
    captureStream?(): MediaStream;
    /** Firefox's. */
    mozCaptureStream(): MediaStream;
  }
}
