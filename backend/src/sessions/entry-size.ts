import type { Entry } from '@phloem/protocol';

const sizes = new WeakMap<Entry, number>();

/** The length of an entry's JSON text in UTF-16 units: what the windows count in. Worked out once per entry. */
export const sizeOf = (entry: Entry): number => {
  const known = sizes.get(entry);
  if (known !== undefined) return known;
  const size = JSON.stringify(entry).length;
  sizes.set(entry, size);
  return size;
};
