import type { Entry, Frames, Lsn, SubscriptionId } from '@phloem/protocol';
import { sizeOf } from '../log/entry-size.ts';
import type { FrameLog, ReadLimit } from '../log/frame-log.ts';

/** How much may be delivered and not yet committed. */
export type Window = { readonly entries: number; readonly bytes: number };

type Sent = { readonly last: Lsn; readonly entries: number; readonly bytes: number };

/** One scan of the log, and one message: several messages rather than one above the size limit. */
const scan: ReadLimit = { entries: 512, bytes: 96 * 1024 };

/**
 * The reader of one `every` subscription: a cursor that walks the log, and the window that holds it back.
 *
 * `covered` is the last number that a message has told the node of; `scanned` runs ahead of it over entries that the
 * filter does not pass, so that they are looked at once.
 */
export class EveryReader {
  readonly sub: SubscriptionId;
  readonly #log: FrameLog;
  readonly #passes: (entry: Entry) => boolean;
  readonly #window: Window;
  #covered: Lsn;
  #scanned: Lsn;
  #committed: Lsn;
  #inFlight: Sent[] = [];

  constructor(options: { sub: SubscriptionId; log: FrameLog; passes: (entry: Entry) => boolean; window: Window; from: Lsn }) {
    this.sub = options.sub;
    this.#log = options.log;
    this.#passes = options.passes;
    this.#window = options.window;
    this.#covered = options.from;
    this.#scanned = options.from;
    this.#committed = options.from;
  }

  /** How far the node has worked it off. */
  get committed(): Lsn {
    return this.#committed;
  }

  /** How far the node has been told. */
  get covered(): Lsn {
    return this.#covered;
  }

  /** Claims that what was delivered and not yet committed fills the window. */
  get isFull(): boolean {
    const { entries, bytes } = this.#underWay();
    return entries >= this.#window.entries || bytes >= this.#window.bytes;
  }

  /** The next message, or null at the tail and when the window is full. Marks it as sent. */
  next(): Frames | null {
    while (!this.isFull) {
      const under = this.#underWay();
      const room = {
        entries: Math.min(scan.entries, this.#window.entries - under.entries),
        bytes: Math.min(scan.bytes, this.#window.bytes - under.bytes),
      };
      const entries = this.#log.read(this.#scanned, room);
      const newest = entries.at(-1);
      if (newest === undefined) return null;
      const wanted = entries.filter(this.#passes);
      // The log counts what it keeps of an entry; the window counts what is sent of it.
      const fitting = wanted.slice(0, countWithin(wanted, room.bytes));
      this.#scanned = fitting.length < wanted.length ? (fitting.at(-1)?.lsn ?? this.#scanned) : newest.lsn;
      if (fitting.length > 0) return this.#send(fitting);
    }
    return null;
  }

  /**
   * Takes another's word for the entries after `from` up to `to`, where it has come just to there: when its filter lets
   * none of them pass it need not look. Many readers have the same filter, and are all at the tail.
   *
   * @returns whether it was so.
   */
  passOver(from: Lsn, to: Lsn, passesAny: (passes: (entry: Entry) => boolean) => boolean): boolean {
    if (this.#scanned !== from || passesAny(this.#passes)) return false;
    this.#scanned = to;
    return true;
  }

  /** A message without entries that moves the cursor over what the filter held back; null when there is nothing to say. */
  cover(): Frames | null {
    return this.#scanned > this.#covered ? this.#send([]) : null;
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

  #send(entries: Entry[]): Frames {
    const frames: Frames = { sub: this.sub, epoch: this.#log.epoch, prev: this.#covered, last: this.#scanned, entries };
    this.#covered = this.#scanned;
    if (entries.length > 0) {
      this.#inFlight.push({ last: frames.last, entries: entries.length, bytes: entries.reduce((sum, entry) => sum + sizeOf(entry), 0) });
    }
    return frames;
  }
}

/** How many of the entries are within so many bytes; the first always is. */
const countWithin = (entries: readonly Entry[], bytes: number): number => {
  let size = 0;
  const past = entries.findIndex((entry, index) => (size += sizeOf(entry)) > bytes && index > 0);
  return past < 0 ? entries.length : past;
};
