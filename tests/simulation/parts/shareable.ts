import type { Entry } from '@phloem/protocol';

const sizes = new WeakMap<Entry, number>();

/**
 * The length of an entry as text. Both sides of the simulated network share what crosses it, so an entry is frozen
 * before it leaves: anyone who changes what he was sent is found.
 */
export const shareable = (entry: Entry): number => {
  const known = sizes.get(entry);
  if (known !== undefined) return known;
  Object.freeze(entry);
  for (const part of Object.values(entry)) if (typeof part === 'object' && part !== null) Object.freeze(part);
  const size = JSON.stringify(entry).length;
  sizes.set(entry, size);
  return size;
};
