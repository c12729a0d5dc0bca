// The pages' own web site: the bare client as it is, Eyevinn's bundled, the film.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "rolldown";

import { target } from "../browser/places.mjs";
import { serveSite } from "../browser/site.mjs";
import { webm } from "./film.mjs";

const PAGES = fileURLToPath(new URL("page/", import.meta.url));
const BUNDLE = target("interop");
const PAGE = `<!doctype html><title>interop</title><script type="module">
  const client = new URLSearchParams(location.search).get("client");
  await import(client === "eyevinn" ? "/bundle/eyevinn.js" : "/page/bare.js");
</script>`;

/** Serves it on a free port. */
export async function serve() {
  const film = await webm();
  await build({ input: `${PAGES}eyevinn.js`, platform: "browser", logLevel: "warn", output: { dir: BUNDLE } });
  return serveSite({ folders: { "/page/": PAGES, "/bundle/": BUNDLE, "/film/": dirname(film) }, page: PAGE });
}
