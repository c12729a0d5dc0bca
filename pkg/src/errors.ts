// Errors with stable codes, and what the browser's own errors mean in them.

import { CODES, type Code } from "./codes.js";

/** Every error this package throws, rejects with or dispatches. */
export class HeadwaterError extends Error {
  override readonly name = "HeadwaterError";
  /** Stable; see {@link CODES}. */
  readonly code: Code;
  /** What to do about it, as a sentence without its full stop. */
  readonly remedy: string;
  /** The particulars, in the words of whoever noticed. May be empty. */
  readonly detail: string;

  constructor(code: Code, detail = "", cause?: unknown) {
    const { message, remedy } = CODES[code];
    super(detail === "" ? message : `${message}: ${detail}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
    this.detail = detail;
  }

  /** For logs and for `postMessage`. */
  toJSON(): { code: Code; message: string; remedy: string; detail: string } {
    return { code: this.code, message: this.message, remedy: this.remedy, detail: this.detail };
  }
}

/** Whether `text` is one of the codes that this version knows. */
export function isCode(text: unknown): text is Code {
  return typeof text === "string" && Object.hasOwn(CODES, text);
}

/** What the browser's device errors mean (Media Capture and Streams, §10.2). */
const DEVICE: Readonly<Record<string, Code>> = {
  NotAllowedError: "camera_denied",
  SecurityError: "camera_denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "camera_busy",
};

/** Any thrown thing as a {@link HeadwaterError}: ours as they are, the browser's by what they mean to a user. */
export function describe(error: unknown): HeadwaterError {
  if (error instanceof HeadwaterError) return error;
  const { name, message, code, detail } = (typeof error === "object" && error !== null ? error : {}) as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    detail?: unknown;
  };
  // The light node throws plain { code, detail }.
  if (isCode(code)) return new HeadwaterError(code, typeof detail === "string" ? detail : "", error);
  const words = typeof message === "string" ? message : typeof error === "string" ? error : "";
  if (typeof name === "string") {
    const device = DEVICE[name];
    if (device !== undefined) return new HeadwaterError(device, words, error);
    // A page aborts with AbortController; devices throw it too, when the hardware gives up.
    if (name === "AbortError") return new HeadwaterError("closed", words, error);
    if (name === "TimeoutError") return new HeadwaterError("server_unreachable", words, error);
  }
  return new HeadwaterError("internal", words, error);
}
