// Which stream a watch link names: `/watch/#{address}/{name}`.

/** A stream as its link names it. */
export interface Stream {
  readonly id: string;
  readonly address: string;
  readonly name: string;
}

/** The stream in a URL's fragment; nothing if there is none. The package checks the address itself. */
export function fromFragment(fragment: string): Stream | undefined {
  const match = /^#?\/?(0x[0-9a-fA-F]{40})\/([A-Za-z0-9_-][A-Za-z0-9._-]{0,63})$/.exec(fragment.trim());
  const [, address, name] = match ?? [];
  return address && name ? { id: `${address}/${name}`, address, name } : undefined;
}

/** The stream in what somebody pasted: a whole link, or just `{address}/{name}`. */
export function fromPasted(text: string): Stream | undefined {
  const hash = text.indexOf("#");
  return fromFragment(hash < 0 ? text : text.slice(hash));
}

/** The link to share for `id`, on the page's own origin. */
export function link(id: string, origin: string): string {
  return `${origin}/watch/#${id}`;
}
