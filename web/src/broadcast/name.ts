// Stream names: what may stand in a link.

/** The name a stream has unless it is given another. */
export const DEFAULT = "studio";

/** Why `name` is no stream name, in words for the person typing it; nothing if it is one. */
export function objection(name: string): string | undefined {
  if (name === "") return "Give the stream a name.";
  if (name.length > 64) return "At most 64 characters.";
  if (name.startsWith(".")) return "A name cannot start with a dot.";
  return /^[A-Za-z0-9._-]+$/.test(name)
    ? undefined
    : "Only letters, digits, “-”, “_” and “.”, so that it fits in a link.";
}

/** The name that a page address such as `/?name=studio` asks for. */
export function fromQuery(query: string): string {
  const asked = new URLSearchParams(query).get("name") ?? "";
  return objection(asked) === undefined ? asked : DEFAULT;
}
