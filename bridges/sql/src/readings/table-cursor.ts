/** How far a table has been read by its increasing id, as the hub keeps it between two runs. */
export type TableCursor = {
  /** The highest id that was seen. */
  readonly last: number;
  /** Lower ids that no row had yet, rising. Their transactions may still be open, or were rolled back. */
  readonly holes: readonly Hole[];
};

/** `since`: when it was first missed, by the clock of the bridge. */
export type Hole = { readonly id: number; readonly since: number };

export type Advance = {
  readonly cursor: TableCursor;
  /** How many holes are no longer asked for, because there are too many. Old ones are forgotten without being counted. */
  readonly skipped: number;
};

/** So many fit into the position of a message, whatever their numbers, and into one statement. */
const maxHoles = 300;
const maxText = 1024;

/**
 * Pure: the cursor after rows of these ids were read. An id that was jumped over is asked for again until it has a row or is `holesMs`
 * old: transactions end in another order than their ids were given out.
 */
export const advance = ({ last, holes }: TableCursor, ids: readonly number[], now: number, holesMs: number): Advance => {
  const found = new Set(ids);
  const newest = Math.max(last, ...ids);
  // Of a jump by millions, as a sequence makes that is set manually, only the newest can be open transactions.
  const first = Math.max(last + 1, newest - 2 * maxHoles);
  const missed = Array.from({ length: Math.max(0, newest - first) }, (_, index) => first + index).filter((id) => !found.has(id));
  const left = holes.filter(({ id, since }) => !found.has(id) && now - since < holesMs);
  const all = [...left, ...missed.map((id) => ({ id, since: now }))];
  const kept = fit(newest, all.slice(-maxHoles));
  return { cursor: { last: newest, holes: kept }, skipped: all.length - kept.length + (first - last - 1) };
};

const fit = (last: number, holes: readonly Hole[]): readonly Hole[] => {
  let kept = holes;
  while (encodeCursor({ last, holes: kept }).length > maxText) kept = kept.slice(Math.ceil(kept.length / 20));
  return kept;
};

/** The cursor as text: the last id, and how far each hole lies below the one before it, from the top, all to base 36. */
export const encodeCursor = ({ last, holes }: TableCursor): string => {
  let above = last;
  const steps = holes.toReversed().map(({ id }) => {
    const step = above - id;
    above = id;
    return step.toString(36);
  });
  return [last.toString(36), ...steps].join('.');
};

/** Null where the text is none. Holes are as old as `now`, so that each is asked for at least as long as it must be. */
export const decodeCursor = (text: string, now: number): TableCursor | null => {
  if (!/^[0-9a-z]{1,11}(\.[0-9a-z]{1,11})*$/.test(text)) return null;
  const [last = 0, ...steps] = text.split('.').map((part) => Number.parseInt(part, 36));
  let above = last;
  const holes = steps.map((step) => {
    above -= step;
    return { id: above, since: now };
  });
  return Number.isSafeInteger(last) && above >= 0 ? { last, holes: holes.toReversed() } : null;
};
