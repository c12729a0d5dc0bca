// The test page's own web site: some folders and one page, from another origin than the orchestrator's.

import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { PACKAGE, fixture } from "./places.mjs";

/** @type {Readonly<Record<string, string>>} */
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".mp4": "video/mp4", ".webm": "video/webm" };
const HERE = fileURLToPath(new URL("page", import.meta.url));
const PAGE = `<!doctype html><title>test</title>
<script type="importmap">{"imports":{"@headwater/light-node":"/pkg/index.js"}}</script>
<script type="module" src="/page/stage.js"></script>`;

/** The built package, and what stages it. */
const FOLDERS = { "/pkg/": join(PACKAGE, "dist"), "/page/": HERE };

/**
 * Serves it on a free port.
 * @param {{ folders?: Record<string, string>, page?: string }} [site]
 */
export async function serveSite({ folders = FOLDERS, page = PAGE } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pathname === "/film.mp4" ? fixture("bbb-720p25.mp4") : within(folders, pathname);
    if (file !== undefined && !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", TYPES[file ? extname(file) : ".html"] ?? "application/octet-stream");
    if (file) createReadStream(file).pipe(response);
    else response.end(page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the test site has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The file that a path means; nothing for the page itself. @param {Record<string, string>} folders @param {string} pathname */
function within(folders, pathname) {
  const [prefix, folder] = Object.entries(folders).find(([start]) => pathname.startsWith(start)) ?? [];
  return prefix && folder && join(folder, normalize(`/${pathname.slice(prefix.length)}`));
}
