// What a failure is called on the page, and the one thing offered against it.

import { sentence } from "./format.ts";

/** What the page can do about a failure. */
export type Step = "retry" | "rename" | "use-screen" | "reload" | "pay-in";

/** A failure as it is shown. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly remedy: string;
  readonly step: Step;
  readonly label: string;
}

/** The part of the package's errors that is shown. */
interface Coded {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly detail?: string;
}

/** Codes that say nothing without their particulars. */
const NEED_DETAIL: ReadonlySet<string> = new Set([
  "internal",
  "invalid_argument",
  "bad_request",
  "bad_control",
  "reverted",
  "too_early",
]);

const TITLES: Readonly<Record<string, string>> = {
  camera_denied: "Camera or microphone is blocked",
  no_camera: "No camera found",
  camera_busy: "The camera is busy",
  server_unreachable: "No answer from the orchestrator",
  webrtc_blocked: "Video cannot get through",
  connection_lost: "Connection lost",
  unauthorized: "Not admitted",
  name_taken: "That name is live already",
  not_live: "Not live",
  stream_ended: "The broadcast has ended",
  replaced: "Taken over elsewhere",
  busy: "No room right now",
  unknown_rendition: "No such rendition",
  no_common_codec: "No codec in common",
  transcoder_failed: "Transcoding failed",
  invalid_argument: "That cannot be used",
  no_wallet: "No wallet",
  no_network: "No network here",
  wallet_rejected: "Rejected in the wallet",
  wallet_locked: "The wallet is locked",
  wrong_chain: "Another chain",
  wallet_disconnected: "The wallet is offline",
  wallet_unsupported: "The wallet cannot do this",
  wallet_busy: "The wallet is waiting already",
  account_changed: "Another account",
  unconfirmed: "Not sent",
  chain_unreachable: "The chain does not answer",
  insufficient_funds: "Not enough funds",
  reverted: "The contract refused",
  transaction_replaced: "Replaced in the wallet",
  node_unverified: "Not the orchestrator that it says it is",
  signer_unknown: "The session key may not pay yet",
  signer_expired: "The session key may pay no longer",
  signer_revoked: "The session key was revoked",
  reserve_too_small: "The reserve is too small",
  tickets_unpayable: "The orchestrator takes no tickets now",
  load_failed: "The page did not load completely",
  unsupported_browser: "This browser cannot do it",
};

/** Where the package's remedy is meant for whoever builds a page, and not for whoever visits it. */
const REMEDIES: Readonly<Record<string, string>> = {
  load_failed: "reload the page; if it stays, this site is not set up completely",
  malformed_sdp: "try again with a current browser",
  no_common_codec: "use a browser with H.264 or VP8",
  unknown_session: "try again",
  no_wallet: "install a wallet, or open this page in one",
  chain_unreachable: "it is asked again; check the connection if this stays",
  unconfirmed: "nothing was sent",
  // What the contract says has its remedy in it.
  reverted: "",
};

const STEPS: Readonly<Record<string, readonly [Step, string]>> = {
  no_camera: ["use-screen", "Share the screen instead"],
  name_taken: ["rename", "Choose another name"],
  unsupported_browser: ["reload", "Reload the page"],
  load_failed: ["reload", "Reload the page"],
  not_initialised: ["reload", "Reload the page"],
  signer_unknown: ["pay-in", "Set up payments"],
  signer_expired: ["pay-in", "Set up payments"],
  signer_revoked: ["pay-in", "Set up payments"],
  reserve_too_small: ["pay-in", "Add to the reserve"],
};

/** How `error` is shown; anything without a code of its own is shown as a defect, with its words. */
export function describeProblem(error: unknown): Problem {
  const coded = isCoded(error) ? error : undefined;
  const code = coded?.code ?? "internal";
  const [step, label] = STEPS[code] ?? (["retry", "Try again"] as const);
  return {
    code,
    title: TITLES[code] ?? "Something went wrong",
    message: sentence(coded ? messageOf(coded) : error instanceof Error ? error.message : String(error)),
    remedy: sentence(REMEDIES[code] ?? coded?.remedy ?? "Try again; if it stays, report it"),
    step,
    label,
  };
}

/** The message, less the browser's or the server's own words where the code says it all. */
function messageOf({ code, message, detail }: Coded): string {
  const tail = `: ${detail ?? ""}`;
  return detail && !NEED_DETAIL.has(code) && message.endsWith(tail)
    ? message.slice(0, -tail.length)
    : message;
}

function isCoded(error: unknown): error is Coded {
  if (typeof error !== "object" || error === null) return false;
  const { code, message, remedy } = error as Record<string, unknown>;
  return typeof code === "string" && typeof message === "string" && typeof remedy === "string";
}
