/** Who made an entry. Hubs have no name of their own. */
export type Author = { readonly kind: 'user' | 'node' | 'rule'; readonly id: string } | { readonly kind: 'hub'; readonly id: null };

const hub: Author = { kind: 'hub', id: null };

/** The author that the text of an entry names. Authors are written and read here and nowhere else. */
export const parseAuthor = (by: string): Author => {
  const colon = by.indexOf(':');
  const kind = by.slice(0, Math.max(0, colon));
  return kind === 'user' || kind === 'node' || kind === 'rule' ? { kind, id: by.slice(colon + 1) } : hub;
};

/** An author as it stands in an entry: `user:anna`, `node:automation-1`, `hub`. */
export const formatAuthor = (author: Author): string => (author.kind === 'hub' ? author.kind : `${author.kind}:${author.id}`);

/** An author as people read it: `anna`, `automation-1`, `hub`. */
export const toPersonText = (by: string): string => parseAuthor(by).id ?? 'hub';
