// What this build is; `npm run build` writes the commit into the built file.

export const VERSION: string = "0.0.0";
export const GIT: string = "unknown";

/** The package's version and the commit it was built from. */
export function version(): { readonly version: string; readonly git: string } {
  return { version: VERSION, git: GIT };
}
