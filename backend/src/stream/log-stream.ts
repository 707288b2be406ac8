import { createParse, Epoch, Fault, Filter, Lsn, type Entry, type Position } from '@phloem/protocol';
import { Type } from 'typebox';
import type { FrameLog } from '../log/frame-log.ts';
import { resolveCursor } from '../log/resolve-cursor.ts';
import { createFilter } from '../sessions/filter.ts';

/** One read of the log: also the most that waits in memory for one reader. */
const scan = { entries: 256, bytes: 96 * 1024 } as const;

const parsePosition = createParse(Type.Object({ epoch: Epoch, lsn: Lsn }), 'the position of a stream', 'protocol/invalid');
const parseFilter = createParse(Filter, 'the filter of a stream', 'protocol/invalid');

/** A position as the `id` of an event carries it. */
export const toEventId = ({ epoch, lsn }: Position): string => `${epoch}.${lsn}`;

/**
 * Reads a position that an event had as its `id`. `first` is the oldest entry.
 *
 * @throws Fault `protocol/invalid`.
 */
export const parseEventId = (text: string): Position => {
  if (text === 'first') return { epoch: '000000000000', lsn: 0 };
  const match = /^([A-Za-z0-9_-]{1,64})\.(\d{1,16})$/.exec(text);
  if (match === null) throw new Fault('protocol/invalid', `"${text.slice(0, 80)}" is no position; use the id of an event, or first`);
  return parsePosition({ epoch: match[1], lsn: Number(match[2]) });
};

/**
 * The filter that a query names, as lists that are separated by commas.
 *
 * @throws Fault `protocol/invalid`.
 */
export const parseStreamFilter = ({ kinds, locations }: { readonly kinds?: string; readonly locations?: string }): Filter =>
  parseFilter({
    ...(kinds !== undefined && { kinds: kinds.split(',') }),
    ...(locations !== undefined && { locations: locations.split(',') }),
  });

const toEvent = (event: string, id: string, data: unknown): string => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const texts = new WeakMap<Entry, string>();

/** The event of an entry. Live readers are given the same entries, so its text is made once for all of them. */
const toEntryEvent = (entry: Entry, epoch: Epoch): string => {
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const text = toEvent(entry.kind, toEventId({ epoch, lsn: entry.lsn }), entry);
  texts.set(entry, text);
  return text;
};

/** A reader of the log that writes server-sent events: a cursor, nothing else. */
export class LogStream {
  readonly #log: FrameLog;
  readonly #passes: (entry: Entry) => boolean;
  readonly #begin: ReturnType<typeof resolveCursor>;
  #cursor: Lsn;

  constructor(log: FrameLog, filter: Filter, after: Position | null) {
    this.#log = log;
    this.#passes = createFilter(filter);
    this.#begin = resolveCursor(after, log);
    this.#cursor = this.#begin.from;
  }

  /** The first event: where the stream begins, and what of the request cannot be had. */
  start(): string {
    return toEvent('start', this.#id(), { epoch: this.#log.epoch, ...this.#begin });
  }

  /** Claims that the log has nothing more. */
  get isAtEnd(): boolean {
    return this.#cursor >= this.#log.head;
  }

  /**
   * The next events, as one text; null at the end of the log. It reads the log once, and is empty where the filter passes nothing of that: a
   * filter that passes little must not read the whole log in one go.
   */
  next(): string | null {
    const { first, epoch } = this.#log;
    if (this.#cursor + 1 < first) {
      const lost = [this.#cursor + 1, first - 1];
      this.#cursor = first - 1;
      return toEvent('start', this.#id(), { epoch, from: this.#cursor, lost, why: 'expired' });
    }
    const entries = this.isAtEnd ? [] : this.#log.read(this.#cursor, scan);
    const newest = entries.at(-1);
    if (newest === undefined) return null;
    this.#cursor = newest.lsn;
    return entries
      .filter(this.#passes)
      .map((entry) => toEntryEvent(entry, epoch))
      .join('');
  }

  /** Says that the stream lives, and moves the reader over what the filter held back. */
  heartbeat(at: number): string {
    return toEvent('heartbeat', this.#id(), { head: this.#log.head, at });
  }

  #id(): string {
    return toEventId({ epoch: this.#log.epoch, lsn: this.#cursor });
  }
}
