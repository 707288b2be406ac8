import type { Entry, Epoch, Lsn } from '@phloem/protocol';
import type { EndedEpoch, ReadLimit } from './frame-log.ts';

/** Where a log begins and ends, and what it is called. */
export type LogBounds = { readonly epoch: Epoch; readonly lineage: readonly EndedEpoch[]; readonly first: Lsn; readonly head: Lsn };

/** The entries of a log, for somebody who only reads. */
export type LogEntries = {
  bounds(): LogBounds;
  /** The entries after `after`, oldest first; `first` is the oldest number that the log has. */
  read(after: Lsn, limit: ReadLimit, first: Lsn): readonly Entry[];
};
