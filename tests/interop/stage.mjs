// What a test of browsers needs: a node, the pages' site, a browser; all ended with the test file.

import { after, before } from "node:test";

import { Server } from "../browser/server.mjs";
import { launch } from "./chromium.mjs";
import { serve } from "./site.mjs";
import { visit } from "./visitor.mjs";

/**
 * Starts it before the file's first test and ends it after its last. `media` is the IP address for WebRTC.
 * @param {{ media?: string }} [options]
 */
export function stage({ media } = {}) {
  /** @type {Server} */
  let node;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let site;
  /** @type {Awaited<ReturnType<typeof launch>>} */
  let chromium;
  before(async () => {
    [node, site, chromium] = await Promise.all([Server.start(media === undefined ? {} : { media }), serve(), launch()]);
  });
  after(async () => {
    await Promise.all([chromium?.close(), site?.stop(), node?.stop()]);
  });
  return {
    /** Where the node is. */
    get url() {
      return node.url;
    },
    /**
     * A page with a client in it; in Chromium, if no other browser is named.
     * @param {import("node:test").TestContext} test @param {Parameters<typeof visit>[3]} client
     * @param {Parameters<typeof visit>[1]} [browser]
     */
    visit: (test, client, browser = chromium) => visit(test, browser, site.url, client),
  };
}
