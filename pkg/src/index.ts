// @headwater/light-node: live video from a page and into a page. Importing this touches nothing; `LightNode.create()`
// is where it begins.

export { version } from "./build.js";
export type { Broadcast, BroadcastEvents } from "./broadcast.js";
export { capture, devices, type Capture, type CaptureRequest } from "./capture.js";
export { CODES, type Code } from "./codes.js";
export { HeadwaterError, describe, isCode } from "./errors.js";
export { init } from "./loader.js";
export { LightNode } from "./node.js";
export { bestFit } from "./rendition.js";
export type {
  BroadcastOptions,
  CreateOptions,
  Notice,
  Profile,
  PublisherStats,
  Rendition,
  SessionOptions,
  State,
  Store,
  ViewerStats,
  WatchOptions,
} from "./types.js";
export type { View, ViewEvents } from "./view.js";
