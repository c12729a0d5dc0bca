// Which key means what.

/** What a key asks of the player. */
export type Intent = "play" | "mute" | "fullscreen";

const KEYS: Readonly<Record<string, Intent>> = { " ": "play", k: "play", m: "mute", f: "fullscreen" };

/** The part of a keyboard event that decides. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly target: EventTarget | null;
}

/** What `event` asks for; nothing while somebody types, uses a shortcut, or presses a button by space bar. */
export function keyIntent(event: Key): Intent | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  const tag = (event.target as { tagName?: string } | null)?.tagName ?? "";
  const type = (event.target as { type?: string } | null)?.type ?? "";
  if (tag === "TEXTAREA" || tag === "SELECT" || (tag === "INPUT" && !["range", "radio"].includes(type)))
    return undefined;
  if (event.key === " " && ["BUTTON", "INPUT", "A"].includes(tag)) return undefined;
  return KEYS[event.key.toLowerCase()];
}
