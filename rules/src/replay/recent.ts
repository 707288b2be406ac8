import type { Entry } from '@phloem/protocol';

/**
 * The newest entry of each cluster, of each device in each phase, and of what operators hold manually: what a plan that
 * begins in the middle of the log must say so, so that it does not take the room for unknown until every instrument has
 * spoken again.
 */
export type Recent = ReadonlyMap<string, Entry>;

const keyOf = (entry: Entry): string | null => {
  switch (entry.kind) {
    case 'sensor':
      return `${entry.location}/${entry.cluster}`;
    case 'device':
      return `${entry.device} ${entry.phase}`;
    case 'override':
      return `override ${entry.device}`;
    case 'offset':
      return `offset ${entry.setpoint}`;
    default:
      return null;
  }
};

/** Remembers what these entries say. */
export const remember = (recent: Recent, entries: readonly Entry[]): Recent => {
  const next = new Map(recent);
  for (const entry of entries) {
    const key = keyOf(entry);
    if (key !== null) next.set(key, entry);
  }
  return next;
};

/** What is remembered, in the order of the log. */
export const toReplay = (recent: Recent): readonly Entry[] => [...recent.values()].toSorted((a, b) => a.lsn - b.lsn);

/** What was kept as a list. */
export const toRecent = (entries: readonly Entry[]): Recent => remember(new Map(), entries);
