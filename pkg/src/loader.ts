// Loads the WebAssembly, once.

import start, { Node } from "./wasm/headwater_light_node.js";
import { HeadwaterError, describe } from "./errors.js";
import type { CreateOptions } from "./types.js";

let loading: Promise<void> | undefined;
let loaded = false;

/**
 * Loads the light node. Calling it is optional, `LightNode.create()` does, but a page that calls it early is ready
 * sooner. Only the first call's `wasm` counts; every call resolves when that one has loaded. After a failure, the next
 * call tries again.
 */
export function init(wasm?: CreateOptions["wasm"]): Promise<void> {
  loading ??= load(wasm).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** @internal Whether it has loaded. */
export function isLoaded(): boolean {
  return loaded;
}

/** @internal The light node, which has to be loaded. */
export function node(orchestrator: string, secret: Uint8Array | undefined): Node {
  if (!loaded) throw new HeadwaterError("not_initialised");
  try {
    return new Node(orchestrator, secret);
  } catch (error) {
    throw describe(error);
  }
}

async function load(wasm: CreateOptions["wasm"]): Promise<void> {
  for (const name of ["WebAssembly", "RTCPeerConnection", "fetch"]) {
    if (!(name in globalThis)) throw new HeadwaterError("unsupported_browser", `there is no ${name}`);
  }
  // Bundlers know this form, and put the file where the URL then leads.
  const module_or_path = wasm ?? new URL("./wasm/headwater_light_node_bg.wasm", import.meta.url);
  try {
    await start({ module_or_path });
  } catch (error) {
    throw new HeadwaterError("load_failed", error instanceof Error ? error.message : String(error), error);
  }
  loaded = true;
}
