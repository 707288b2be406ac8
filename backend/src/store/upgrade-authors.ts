import { parseAuthor } from '@phloem/protocol';

/** Members that hold an author wherever they stand. */
const members: ReadonlySet<string> = new Set(['by', 'acknowledgedBy', 'subject']);

const upgrade = (name: string, value: unknown): unknown => {
  if (typeof value === 'string') return members.has(name) ? parseAuthor(value) : value;
  if (Array.isArray(value)) return value.map((item) => upgrade('', item));
  // The record of a point is named by the hash of its content, so it stays as it was written.
  if (typeof value !== 'object' || value === null || name === 'record') return value;
  return Object.fromEntries(Object.entries(value).map(([member, each]) => [member, upgrade(member, each)]));
};

/** Pure: what an older version stored, with its authors as data in place of `user:anna`. What is data already stays as it is. */
export const upgradeAuthors = <T>(stored: T): T => upgrade('', stored) as T;
