// @headwater/light-node: live video from a page and into a page. Importing this touches nothing; `LightNode.create()`
// is where it begins.

export { version } from "./build.js";
export type { Broadcast, BroadcastEvents } from "./broadcast.js";
export { capture, devices, type Capture, type CaptureRequest } from "./capture.js";
export { CODES, type Code } from "./codes.js";
export { HeadwaterError, describe, isCode } from "./errors.js";
export { init } from "./loader.js";
export { LightNode } from "./node.js";
export type { Offer, PaymentAnswer, PaymentLimits, PaymentSent, PaymentTotals, Price } from "./paying.js";
export type { ApproveRequest, Payments, PaymentsStatus, SignerStatus } from "./payments.js";
export { bestFit } from "./rendition.js";
export type { Orchestrator, Stake, StakeStatus, UnbondingLock } from "./stake.js";
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
export { formatUnits, parseUnits } from "./units.js";
export { type Pending, Wallet, type WalletEvents } from "./wallet/connection.js";
export type { Words } from "./wallet/core.js";
export { type DeveloperWalletOptions, developerWallet } from "./wallet/developer.js";
export { type AnnouncedWallet, type Wallets, type WalletsEvents, discover } from "./wallet/discovery.js";
export { type KnownNetwork, type Network, readNetwork } from "./wallet/network.js";
export type { Provider, ProviderRequest } from "./wallet/provider.js";
export type { Round } from "./wallet/round.js";
export type { Confirm, Progress, Receipt, SendOptions } from "./wallet/send.js";
