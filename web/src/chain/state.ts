// What a page of the chain is doing: its wallet, what it read, and what it sent.

import type { KnownNetwork, Pending, Progress } from "@headwater/light-node";

import type { Problem } from "../problem.ts";

/** A wallet to choose. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly icon: string | undefined;
  readonly isDeveloper: boolean;
}

/** How the page stands to the wallet. */
export type Link =
  | { readonly at: "starting" }
  /** There is no network, or no node. */
  | { readonly at: "nowhere" }
  | { readonly at: "choosing" }
  | { readonly at: "connecting"; readonly choice: Choice }
  | { readonly at: "connected"; readonly choice: Choice; readonly account: string };

/** A transaction, as far as it is. */
export interface Send {
  readonly id: number;
  readonly title: string;
  readonly stage: Progress["stage"] | "failed" | "dropped";
  readonly hash: string | undefined;
  readonly block: number | undefined;
  readonly why: string | undefined;
}

/** Everything the views show; `Status` is what the page reads of the chain. */
export interface State<Status> {
  readonly link: Link;
  readonly network: KnownNetwork | undefined;
  readonly choices: readonly Choice[];
  /** The wallet's chain, where it told one. */
  readonly chain: number | undefined;
  readonly pending: Pending["what"] | undefined;
  readonly status: Status | undefined;
  /** Seconds from block to block, once that is known. */
  readonly pace: number | undefined;
  readonly problem: Problem | undefined;
  /** Newest first. */
  readonly sends: readonly Send[];
}

/** What can happen. */
export type Action<Status> =
  | { readonly type: "network"; readonly network: KnownNetwork }
  | { readonly type: "nowhere"; readonly problem: Problem }
  | { readonly type: "choices"; readonly choices: readonly Choice[] }
  | { readonly type: "connecting"; readonly choice: Choice }
  | { readonly type: "connected"; readonly choice: Choice; readonly account: string }
  | { readonly type: "left" }
  | { readonly type: "chain"; readonly chain: number | undefined }
  | { readonly type: "pending"; readonly what: Pending["what"] | undefined }
  | { readonly type: "status"; readonly status: Status; readonly pace: number | undefined }
  | { readonly type: "problem"; readonly problem: Problem | undefined }
  | { readonly type: "begun"; readonly id: number; readonly title: string }
  | { readonly type: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly type: "ended"; readonly id: number; readonly problem: Problem };

/** As many as anybody scrolls through. */
const MOST_SENDS = 12;
/** What the visitor decided is no failure. */
const DECIDED: ReadonlySet<string> = new Set(["unconfirmed", "wallet_rejected", "closed"]);

/** The page as it opens. */
export function initial<Status>(): State<Status> {
  return {
    link: { at: "starting" },
    network: undefined,
    choices: [],
    chain: undefined,
    pending: undefined,
    status: undefined,
    pace: undefined,
    problem: undefined,
    sends: [],
  };
}

/** The state after `action`. */
export function reduce<Status>(state: State<Status>, action: Action<Status>): State<Status> {
  switch (action.type) {
    case "network":
      return { ...state, network: action.network, problem: undefined, link: { at: "choosing" } };
    case "nowhere":
      return { ...state, problem: action.problem, link: { at: "nowhere" } };
    case "choices":
      return { ...state, choices: action.choices };
    case "connecting":
      return { ...state, problem: undefined, link: { at: "connecting", choice: action.choice } };
    case "connected": {
      const { choice, account } = action;
      return { ...state, problem: undefined, status: undefined, link: { at: "connected", choice, account } };
    }
    case "left":
      return { ...state, status: undefined, pending: undefined, chain: undefined, link: { at: "choosing" } };
    case "chain":
      return { ...state, chain: action.chain };
    case "pending":
      return { ...state, pending: action.what };
    case "status":
      return { ...state, status: action.status, pace: action.pace };
    case "problem":
      return { ...state, problem: action.problem };
    case "begun": {
      const { id, title } = action;
      const send: Send = { id, title, stage: "checking", hash: undefined, block: undefined, why: undefined };
      return { ...state, problem: undefined, sends: [send, ...state.sends].slice(0, MOST_SENDS) };
    }
    case "progress": {
      const { stage, hash, block, words } = action.progress;
      return changed(state, action.id, { title: words.title, stage, hash, block });
    }
    case "ended":
      return ended(state, action.id, action.problem);
  }
}

/** Whether something is on its way that has not been sent yet: one at a time. */
export function isBusy({ sends }: State<unknown>): boolean {
  return sends.some(({ stage }) => stage === "checking" || stage === "words" || stage === "wallet");
}

function ended<Status>(state: State<Status>, id: number, problem: Problem): State<Status> {
  const send = state.sends.find((one) => one.id === id);
  if (send?.hash === undefined && DECIDED.has(problem.code)) {
    return changed(state, id, { stage: "dropped", why: problem.message });
  }
  return { ...changed(state, id, { stage: "failed", why: problem.title }), problem };
}

function changed<Status>(state: State<Status>, id: number, change: Partial<Send>): State<Status> {
  return { ...state, sends: state.sends.map((send) => (send.id === id ? { ...send, ...change } : send)) };
}
