import type { Entry, EntryBatch, Lsn, SubscriptionId } from '@phloem/protocol';

/** A message that has been made for one reader, and from where to where it leads. */
export type MadeBatch = {
  readonly sub: SubscriptionId;
  readonly prev: Lsn;
  readonly from: Lsn;
  readonly batch: EntryBatch;
  readonly bytes: number;
};

/**
 * What readers with the same filter have in common: what one has found of the log, the others need not look for again, and
 * a message that leads from the same place to the same place is one object, which is encoded once.
 */
export class FilterGroup<Member> {
  readonly key: string;
  readonly passes: (entry: Entry) => boolean;
  /** Claims that its readers get only what is on disk. */
  readonly isDurable: boolean;
  readonly members = new Set<Member>();
  /** The newest message; kept only where somebody else may want it. */
  made: MadeBatch | null = null;
  #quietFrom: Lsn = 0;
  #quietTo: Lsn = 0;

  constructor(key: string, passes: (entry: Entry) => boolean, isDurable = false) {
    this.key = key;
    this.passes = passes;
    this.isDurable = isDurable;
  }

  /** Claims that others have the same filter. */
  get isShared(): boolean {
    return this.members.size > 1;
  }

  /** Takes note that of the entries after `from` up to `to` the filter lets none pass. */
  quieten(from: Lsn, to: Lsn): void {
    if (from !== this.#quietTo) this.#quietFrom = from;
    this.#quietTo = to;
  }

  /** Where a reader that has come to `lsn` need look on: past what is known to be of no interest. */
  pastQuiet(lsn: Lsn): Lsn {
    return lsn >= this.#quietFrom && lsn < this.#quietTo ? this.#quietTo : lsn;
  }
}
