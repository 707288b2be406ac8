import type { Lsn } from '@phloem/protocol';
import type { FrameLog } from './frame-log.ts';

/** The log as far as a power cut would leave it: its head is the newest entry that is on disk. */
export const toDurableLog = (log: FrameLog, durable: () => Lsn): FrameLog => {
  const head = (): Lsn => Math.min(log.head, durable());
  return {
    get epoch() {
      return log.epoch;
    },
    get lineage() {
      return log.lineage;
    },
    get first() {
      return log.first;
    },
    get head() {
      return head();
    },
    append: (drafts) => log.append(drafts),
    read: (after, limit) => {
      const end = head();
      if (after >= end) return [];
      return log.read(after, { ...limit, entries: Math.min(limit.entries, end - after) }).filter(({ lsn }) => lsn <= end);
    },
    head$: log.head$,
  };
};
