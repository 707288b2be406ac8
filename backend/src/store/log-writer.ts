import { isFault, reasonOf, type Entry, type EntryDraft, type Epoch, type Lsn, type Term } from '@phloem/protocol';
import { Subject } from 'rxjs';
import { decodeRows, toEntry, type StoredRow } from '../log/decode-rows.ts';
import type { FrameLog, ReadLimit } from '../log/frame-log.ts';
import type { HubClock } from '../log/hub-clock.ts';
import type { TailRing } from '../log/tail-ring.ts';
import type { createRecentCommands } from './recent-commands.ts';
import { rowOverhead } from './retain.ts';
import type { StoreDisk } from './store-disk.ts';
import { createSyncs } from './syncs.ts';

/** Where the log stands. A transaction that fails puts all of it back. */
export type LogMarks = {
  readonly head: Lsn;
  readonly first: Lsn;
  readonly term: Term;
  /** The uptime of the newest entry. */
  readonly up: number;
  /** Where the text of the next entry begins. */
  readonly offset: number;
  readonly lineage: FrameLog['lineage'];
};

export type LogWriterParts = {
  readonly disk: StoreDisk;
  readonly clock: HubClock;
  readonly ring: TailRing;
  readonly commands: Pick<ReturnType<typeof createRecentCommands>, 'forget'>;
  readonly makeRoom: () => boolean;
  readonly epoch: Epoch;
  readonly marks: LogMarks;
};

/** Appends to the log and reads it, in transactions: what one stores is on disk together, or not at all. */
export class LogWriter {
  readonly #disk: StoreDisk;
  readonly #clock: HubClock;
  readonly #ring: TailRing;
  readonly #commands: LogWriterParts['commands'];
  readonly #makeRoom: () => boolean;
  readonly #epoch: Epoch;
  readonly #heads = new Subject<Lsn>();
  readonly syncs: ReturnType<typeof createSyncs>;
  readonly head$ = this.#heads.asObservable();
  #marks: LogMarks;
  #told: Lsn;
  #isTelling = false;
  #isClosed = false;
  #isInTransaction = false;
  #mustSync = false;

  constructor({ disk, clock, ring, commands, makeRoom, epoch, marks }: LogWriterParts) {
    this.#disk = disk;
    this.#clock = clock;
    this.#ring = ring;
    this.#commands = commands;
    this.#makeRoom = makeRoom;
    this.#epoch = epoch;
    this.#marks = marks;
    this.#told = marks.head;
    this.syncs = createSyncs(disk, () => this.#marks.head);
  }

  get marks(): LogMarks {
    return this.#marks;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The uptime of now: it never goes back behind the newest entry. */
  get up(): number {
    return Math.max(this.#marks.up, this.#clock.up());
  }

  transact<T>(work: () => T): T {
    this.#assertOpen();
    if (this.#isInTransaction) throw new Error('a transaction is not re-entrant');
    const before = this.#marks;
    this.#isInTransaction = true;
    this.#mustSync = false;
    let result: T;
    try {
      result = this.#disk.transact(work);
    } catch (error) {
      this.#marks = before;
      this.#ring.dropAfter(before.head);
      this.#commands.forget();
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
    const { head } = this.#marks;
    if (head !== before.head) this.#disk.seen.set({ epoch: this.#epoch, lsn: head });
    try {
      if (this.#mustSync) {
        this.#disk.syncNow();
        this.syncs.reached(head);
      }
    } finally {
      this.#emitHead();
    }
    return result;
  }

  /** Work of the store alone can be done again: it changes nothing but the disk and the marks, which `transact` puts back. */
  within<T>(work: () => T): T {
    if (this.#isInTransaction) return work();
    try {
      return this.transact(work);
    } catch (error) {
      if (!isFault(error, 'store/full') || !this.#makeRoom()) throw error;
      return this.transact(work);
    }
  }

  append(drafts: readonly EntryDraft[]): readonly Entry[] {
    this.#assertOpen();
    if (drafts.length === 0) return [];
    return this.within(() => {
      const at = this.#clock.at();
      this.#set({ up: this.up });
      return drafts.map((draft) => this.#appendOne(draft, at));
    });
  }

  #appendOne(draft: EntryDraft, at: number): Entry {
    const { head, up, offset } = this.#marks;
    const row: StoredRow = { lsn: head + 1, at, up, offset, body: JSON.stringify(draft) };
    this.#disk.entries.append(row);
    const entry = toEntry(row);
    this.#set({ head: row.lsn, offset: offset + rowOverhead + row.body.length });
    this.#ring.push(row, entry);
    return entry;
  }

  read(after: Lsn, limit: ReadLimit): readonly Entry[] {
    this.#assertOpen();
    if (after >= this.#marks.head || limit.entries < 1) return [];
    return this.#ring.read(after, limit) ?? this.#readDisk(after, limit);
  }

  #readDisk(after: Lsn, limit: ReadLimit): readonly Entry[] {
    const { head, first, up } = this.#marks;
    const last = (this.#ring.first ?? head + 1) - 1;
    for (let from = after; from < last; from += limit.entries) {
      const rows = this.#disk.entries.read(from, limit.entries, limit.bytes);
      if (rows.length > 0) return decodeRows(rows, after, first);
    }
    // Nothing can be read from here to the ring: a reader that learns nothing would take this for the tail.
    return [{ lsn: last, at: this.#clock.at(), up, kind: 'gap', from: after + 1, to: last, why: reasonOf('log/damaged') }];
  }

  /** A new term. It is on disk before anybody learns of it. */
  raiseTerm(): Term {
    return this.within(() => {
      const term = this.#marks.term + 1;
      this.#set({ term });
      this.#disk.facts.set('term', String(term));
      this.#mustSync = true;
      return term;
    });
  }

  /** The numbers up to `to` are gone. Returns whether an epoch of the lineage went with them. */
  cut(to: Lsn): boolean {
    this.#commands.forget();
    const { lineage } = this.#marks;
    const kept = lineage.filter(({ end }) => end >= to);
    const isShorter = kept.length < lineage.length;
    this.#set({ first: to + 1, ...(isShorter && { lineage: kept }) });
    return isShorter;
  }

  /** Ends the log: nothing is appended, read or waited for any more. */
  close(): void {
    this.#isClosed = true;
    this.syncs.reached(this.#marks.head);
    this.syncs.close();
    this.#heads.complete();
  }

  #set(change: Partial<LogMarks>): void {
    this.#marks = { ...this.#marks, ...change };
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error('the store is closed');
  }

  #emitHead(): void {
    // A reader that appends while it is notified of a head must not let others hear of the older head last.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#told !== this.#marks.head) {
        this.#told = this.#marks.head;
        this.#heads.next(this.#told);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}
