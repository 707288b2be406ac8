/**
 * The next value, built from pieces of the one before wherever they are equal, so that anyone who compares by identity
 * redraws only what changed. For plain data: objects, arrays, strings, numbers, booleans, null.
 */
export const keepSame = <T>(before: unknown, next: T): T => {
  if (Object.is(before, next)) return next;
  if (typeof before !== 'object' || typeof next !== 'object' || before === null || next === null) return next;
  if (Array.isArray(before) !== Array.isArray(next)) return next;
  const old = before as Readonly<Record<string, unknown>>;
  const entries = Object.entries(next).map(([key, value]) => [key, keepSame(old[key], value)] as const);
  const isSame = entries.length === Object.keys(old).length && entries.every(([key, value]) => key in old && Object.is(old[key], value));
  if (isSame) return before as T;
  return (Array.isArray(next) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
};
