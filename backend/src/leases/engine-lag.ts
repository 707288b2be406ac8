import type { Lsn } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';

/**
 * How far a scope's engine is behind, in milliseconds of `up`: the age of the first entry that it has not worked off,
 * 0 at the tail. With a pulse every second in the log, at most 3 s means that a pulse at most 3 s old is covered.
 */
export const toEngineLag = (log: Pick<FrameLog, 'first' | 'read'>, committed: Lsn | null, up: number): number => {
  const [oldest] = log.read(Math.max(committed ?? 0, log.first - 1), { entries: 1, bytes: 1 });
  return oldest === undefined ? 0 : Math.max(0, up - oldest.up);
};
