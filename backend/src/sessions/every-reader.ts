import type { CursorName, Entry, EntryBatch, Lsn, SubscriptionId } from '@phloem/protocol';
import { sizeOf } from '../log/entry-size.ts';
import type { FrameLog, ReadLimit } from '../log/frame-log.ts';
import type { FilterGroup, MadeBatch } from './filter-group.ts';

/** How much may be delivered and not yet committed. */
export type Window = { readonly entries: number; readonly bytes: number };

type Sent = { readonly last: Lsn; readonly entries: number; readonly bytes: number };

/** One scan of the log, and one message: several messages rather than one above the size limit. */
const scan: ReadLimit = { entries: 512, bytes: 96 * 1024 };

/**
 * The reader of one `every` subscription: a cursor that walks the log, and the window that holds it back.
 *
 * `covered` is the last number that a message has notified the node of; `scanned` runs ahead of it over entries that the
 * filter does not pass, so that they are looked at once.
 */
export class EveryReader<Member> {
  readonly sub: SubscriptionId;
  /** The cursor that the hub keeps for it; null where it keeps none. */
  readonly cursorName: CursorName | null;
  readonly #log: FrameLog;
  /** The readers with the same filter. */
  readonly group: FilterGroup<Member>;
  readonly #window: Window;
  #covered: Lsn;
  #scanned: Lsn;
  #committed: Lsn;
  #inFlight: Sent[] = [];

  constructor(options: {
    sub: SubscriptionId;
    log: FrameLog;
    group: FilterGroup<Member>;
    window: Window;
    from: Lsn;
    cursorName?: CursorName;
  }) {
    this.sub = options.sub;
    this.cursorName = options.cursorName ?? null;
    this.#log = options.log;
    this.group = options.group;
    this.#window = options.window;
    this.#covered = options.from;
    this.#scanned = options.from;
    this.#committed = options.from;
  }

  /** How far the node has worked it off. */
  get committed(): Lsn {
    return this.#committed;
  }

  /** How far the log has been looked through for it. */
  get scanned(): Lsn {
    return this.group.pastQuiet(this.#scanned);
  }

  /** Claims that the log has nothing more for it. */
  get isAtHead(): boolean {
    return this.scanned >= this.#log.head;
  }

  /** How far the node has been notified. */
  get covered(): Lsn {
    return this.#covered;
  }

  /** Claims that its messages are others' too. */
  get isShared(): boolean {
    return this.group.isShared;
  }

  /** The next message, or null at the tail and when the window is full. Marks it as sent. */
  next(): EntryBatch | null {
    this.#scanned = this.group.pastQuiet(this.#scanned);
    while (this.#scanned < this.#log.head) {
      const under = this.#underWay();
      if (under.entries >= this.#window.entries || under.bytes >= this.#window.bytes) return null;
      const room = {
        entries: Math.min(scan.entries, this.#window.entries - under.entries),
        bytes: Math.min(scan.bytes, this.#window.bytes - under.bytes),
      };
      const ready = this.#takeMade(room);
      if (ready !== null) return ready;
      const from = this.#scanned;
      const entries = this.#log.read(from, room);
      const newest = entries.at(-1);
      if (newest === undefined) return null;
      const wanted = entries.filter(this.group.passes);
      // The log counts what it keeps of an entry; the window counts what is sent of it.
      const fitting = wanted.slice(0, countWithin(wanted, room.bytes));
      this.#scanned = fitting.length < wanted.length ? (fitting.at(-1)?.lsn ?? this.#scanned) : newest.lsn;
      if (fitting.length > 0) return this.#send(fitting, from);
    }
    return null;
  }

  /** A message without entries that moves the cursor over what the filter held back; null when there is nothing to say. */
  cover(): EntryBatch | null {
    const from = this.group.pastQuiet(this.#scanned);
    this.#scanned = from;
    if (from <= this.#covered) return null;
    const { made } = this.group;
    return made !== null && made.bytes === 0 && this.#isHere(made) ? this.#take(made) : this.#send([], from);
  }

  /** Takes the node's word that it has worked off everything up to `cursor`. False when it cannot be so. */
  commit(cursor: Lsn): boolean {
    if (cursor < this.#committed || cursor > this.#covered) return false;
    this.#committed = cursor;
    this.#inFlight = this.#inFlight.filter((sent) => sent.last > cursor);
    return true;
  }

  #underWay(): Window {
    let entries = 0;
    let bytes = 0;
    for (const sent of this.#inFlight) {
      entries += sent.entries;
      bytes += sent.bytes;
    }
    return { entries, bytes };
  }

  #send(entries: Entry[], from: Lsn): EntryBatch {
    const batch: EntryBatch = { sub: this.sub, epoch: this.#log.epoch, prev: this.#covered, last: this.#scanned, entries };
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    const made = { sub: this.sub, prev: batch.prev, from, batch, bytes };
    this.group.made = this.group.isShared ? made : null;
    return this.#take(made);
  }

  /** The message that another has been sent from the same place, where the window has room for it. */
  #takeMade(room: Window): EntryBatch | null {
    const { made } = this.group;
    if (made === null || made.batch.last === made.from || !this.#isHere(made)) return null;
    return made.batch.entries.length <= room.entries && made.bytes <= room.bytes ? this.#take(made) : null;
  }

  #isHere({ sub, prev, from }: MadeBatch): boolean {
    return sub === this.sub && prev === this.#covered && from === this.#scanned;
  }

  #take({ batch, bytes }: MadeBatch): EntryBatch {
    this.#covered = batch.last;
    this.#scanned = batch.last;
    if (batch.entries.length > 0) this.#inFlight.push({ last: batch.last, entries: batch.entries.length, bytes });
    return batch;
  }
}

/** How many of the entries are within so many bytes; the first always is. */
const countWithin = (entries: readonly Entry[], bytes: number): number => {
  let size = 0;
  const past = entries.findIndex((entry, index) => (size += sizeOf(entry)) > bytes && index > 0);
  return past < 0 ? entries.length : past;
};
