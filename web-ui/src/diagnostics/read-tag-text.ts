/** What a tag leads to: a place of this panel, or a text for the find box. */
export type TagMeaning = { readonly href: string } | { readonly text: string };

const longest = 200;

/**
 * What stands on a tag: an address of this panel or of another that shows the same site, whose path is taken and whose host
 * is not; otherwise the text itself, as if it had been typed.
 */
export const toTagMeaning = (tag: string): TagMeaning => {
  const text = tag.trim().slice(0, longest);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return { text };
  const { pathname, search } = new URL(text);
  return /^\/(diagnostics|room)(\/|$)/.test(pathname) ? { href: `${pathname}${search}` } : { text };
};
