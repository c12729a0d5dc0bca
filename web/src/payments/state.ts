// What the payments page says about a session key and about taking funds back.

import type { PaymentsStatus } from "@headwater/light-node";

import { untilRound } from "../chain/round-view.ts";

/** The part of the key's state that is shown as one word. */
export interface KeyState {
  readonly tag: string;
  readonly tone: "off" | "on" | "warn";
  /** Whether it is worth revoking. */
  readonly revocable: boolean;
  readonly until: string;
}

/** What may be said of the session key. */
export function keyState({ signer, round }: PaymentsStatus, pace: number | undefined): KeyState {
  const { approved, validUntilRound, voidFromRound } = signer;
  if (!approved) return { tag: "Not approved", tone: "off", revocable: false, until: "" };
  if (voidFromRound !== undefined) {
    const over = voidFromRound <= round.number;
    return {
      tag: "Revoked",
      tone: "warn",
      revocable: false,
      until: over
        ? "None of its tickets count any more."
        : `Tickets that it signs until then still count: it ends ${untilRound(voidFromRound, round, pace)}.`,
    };
  }
  if (validUntilRound < round.number) {
    return { tag: "Expired", tone: "warn", revocable: false, until: `It ended with round ${validUntilRound}.` };
  }
  const ends = untilRound(validUntilRound + 1, round, pace);
  return { tag: "Approved", tone: "on", revocable: true, until: `Ends ${ends}.` };
}

/** How far taking funds back is. */
export type Way = "nothing" | "locked" | "unlocking" | "free";

/** Which of the buttons there is something for. */
export function wayOut({ deposit, reserve, withdrawRound, round }: PaymentsStatus): Way {
  if (deposit + reserve === 0n) return "nothing";
  if (withdrawRound === undefined) return "locked";
  return withdrawRound <= round.number ? "free" : "unlocking";
}

/** The words beside them. */
export function wayOutWords(status: PaymentsStatus, pace: number | undefined): string {
  const rounds = status.round.unlockPeriod;
  switch (wayOut(status)) {
    case "nothing":
      return "There is nothing to take back.";
    case "locked":
      return `Deposit and reserve come back to you ${rounds} rounds after you unlock them; until then tickets still count.`;
    case "unlocking":
      return `You can withdraw ${untilRound(status.withdrawRound ?? 0, status.round, pace)}. Adding funds stops it.`;
    case "free":
      return "Everything is free to withdraw.";
  }
}

/** The addresses in a text, one a line or parted by commas; or what is wrong with it. */
export function readRecipients(text: string): { recipients: string[] } | { objection: string } {
  const recipients = text.split(/[\s,;]+/).filter((part) => part !== "");
  const wrong = recipients.find((part) => !/^0x[0-9a-f]{40}$/i.test(part));
  if (wrong !== undefined) return { objection: `${wrong} is no address: 0x and 40 digits.` };
  if (recipients.length > 8) return { objection: `These are ${recipients.length}; 8 can share it.` };
  const lower = recipients.map((part) => part.toLowerCase());
  if (new Set(lower).size < lower.length) return { objection: "One of them stands there twice." };
  return { recipients };
}
