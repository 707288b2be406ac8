import type { Entry } from '@phloem/protocol';

/** What is kept of an entry: its numbers, and its own words as JSON text. */
type KeptEntry = Pick<Entry, 'lsn' | 'at' | 'up'> & { readonly body: string };

const sizes = new WeakMap<Entry, number>();

/** Notes how long the JSON text of an entry is that was made from this row: the row's, with the numbers before it. */
export const noteSize = (entry: Entry, { lsn, at, up, body }: KeptEntry): void => {
  sizes.set(entry, `{"lsn":${lsn},"at":${at},"up":${up},`.length + body.length - 1);
};

/** The length of an entry's JSON text in UTF-16 units: what the windows count in. Worked out once per entry. */
export const sizeOf = (entry: Entry): number => {
  const known = sizes.get(entry);
  if (known !== undefined) return known;
  const size = JSON.stringify(entry).length;
  sizes.set(entry, size);
  return size;
};
