import type { Entry, EntryDraft, Epoch, Lsn } from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** A stretch of the log's lineage that has ended: its last number. */
export type EndedEpoch = { readonly epoch: Epoch; readonly end: Lsn };

/** How much one read may return; whichever is reached first. One entry is returned even when it is larger. */
export type ReadLimit = { readonly entries: number; readonly bytes: number };

/**
 * The hub's one ordered record. Everything else is a cursor into it.
 *
 * `append` numbers and dates entries and has written them when it returns: they survive the end of the process.
 * They survive a power cut once the store's `durable` has passed them.
 */
export interface FrameLog {
  /** The stretch of the lineage that is being written. */
  readonly epoch: Epoch;
  /** The stretches before it, oldest first. */
  readonly lineage: readonly EndedEpoch[];
  /** The oldest number that can still be read; `head + 1` when the log is empty. */
  readonly first: Lsn;
  /** The newest number; 0 before the first entry. */
  readonly head: Lsn;
  /** Numbers, dates and writes the drafts, in order, all or none; reports `head$` afterwards. */
  append(drafts: readonly EntryDraft[]): readonly Entry[];
  /** The entries after `after`, oldest first. Empty at the tail. Live readers are served from memory. */
  read(after: Lsn, limit: ReadLimit): readonly Entry[];
  /** Emits the new head after each append (after the transaction, when inside one). Does not replay. */
  readonly head$: Observable<Lsn>;
}
