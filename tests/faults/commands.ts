import type { DeviceEntry, Entry, LeaseEntry } from '@phloem/protocol';

const ends = new Set(['confirmed', 'superseded', 'cancelled', 'failed', 'unknown']);

/** The life of one accepted command, as the log shows it. */
export type Life = {
  readonly id: string;
  readonly device: string;
  readonly accepted: DeviceEntry;
  readonly written: readonly DeviceEntry[];
  readonly ends: readonly DeviceEntry[];
};

/** The commands of a log, in the order in which they were accepted. */
export const toLives = (log: readonly Entry[]): readonly Life[] => {
  const lives = new Map<string, { id: string; device: string; accepted: DeviceEntry; written: DeviceEntry[]; ends: DeviceEntry[] }>();
  for (const entry of log) {
    if (entry.kind !== 'device' || entry.id === undefined) continue;
    const life = lives.get(entry.id);
    if (entry.phase === 'requested' && life === undefined) {
      lives.set(entry.id, { id: entry.id, device: entry.device, accepted: entry, written: [], ends: [] });
    } else if (entry.phase === 'written') life?.written.push(entry);
    else if (ends.has(entry.phase)) life?.ends.push(entry);
  }
  return [...lives.values()];
};

/** Where in the lives of the commands a moment falls: the farthest stage of those that were open then. */
export const stageAt = (lives: readonly Life[], at: number): 'accepted' | 'written' | 'none open' => {
  const open = lives.filter(({ accepted, ends: [end] }) => accepted.at <= at && (end === undefined || end.at >= at));
  if (open.length === 0) return 'none open';
  return open.some(({ written }) => written.some((entry) => entry.at <= at)) ? 'written' : 'accepted';
};

/** When the term of each grant ended, by the hub's wall clock; a term that still lives is not in it. */
export const toTermEnds = (log: readonly Entry[]): ReadonlyMap<number, number> => {
  const ended = new Map<number, number>();
  let live: LeaseEntry | null = null;
  for (const entry of log) {
    if (entry.kind !== 'lease') continue;
    if (live !== null) ended.set(live.term, entry.at);
    live = entry.holder === null ? null : entry;
  }
  return ended;
};
