import { Fault, type Entry, type Lsn } from '@phloem/protocol';
import type { ReadLimit } from '../log/frame-log.ts';
import type { LogBounds } from '../log/log-entries.ts';
import type { LogSource } from '../log/log-source.ts';
import type { History, HistoryCursor } from './history.ts';
import { LogFolder } from './log-folder.ts';

/** What was read and is not kept yet. */
export type LogSlice = { readonly entries: readonly Entry[]; readonly bounds: LogBounds };

/** So much is read and kept at a time: anyone who asks something meanwhile waits for no more. */
const slice: ReadLimit = { entries: 2048, bytes: 1024 * 1024 };

/** Takes the log into a history, from where the history stands. Made again after anything could not be kept. */
export class LogFollower {
  readonly #history: History;
  readonly #log: LogSource;
  readonly #folder: LogFolder;
  #after: Lsn;

  private constructor(history: History, log: LogSource, folder: LogFolder, after: Lsn) {
    this.#history = history;
    this.#log = log;
    this.#folder = folder;
    this.#after = after;
  }

  /** Begins where the history stopped, or where the log still knows it to have been right. */
  static async open(history: History, log: LogSource): Promise<LogFollower> {
    const bounds = log.bounds();
    const { cursor } = await history.load();
    const start = toStart(cursor, bounds);
    if (start.rewind !== null) await history.rewind(start.rewind, start.isForeign);
    return new LogFollower(history, log, new LogFolder(await history.load()), start.after);
  }

  /** The entry up to which it has been taken in; null before the first. */
  get cursor(): HistoryCursor | null {
    return this.#folder.cursor;
  }

  /** What comes next in the log; without entries at its head. */
  read(): LogSlice {
    const bounds = this.#log.bounds();
    const isAtHead = this.#after >= bounds.head;
    return { bounds, entries: isAtHead ? [] : this.#log.read(Math.max(this.#after, bounds.first - 1), slice, bounds.first) };
  }

  /** Keeps what was read, with the cursor. */
  async keep({ entries, bounds }: LogSlice): Promise<void> {
    for (const entry of entries) this.#folder.apply(bounds.epoch, entry);
    const batch = entries.length === 0 ? null : this.#folder.take();
    if (batch === null) return;
    await this.#history.write(batch);
    this.#after = batch.cursor.lsn;
  }
}

/** The log, of which nothing that goes wrong is taken for damage of the history. */
export function openGuarded(open: () => LogSource): LogSource {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new Fault('history/unavailable', `the log cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
  const log = guarded(open);
  return {
    bounds: () => guarded(() => log.bounds()),
    read: (...query) => guarded(() => log.read(...query)),
    samples: {
      reach: () => guarded(() => log.samples.reach()),
      read: (query) => guarded(() => log.samples.read(query)),
      release: () => log.samples.release(),
    },
    close: () => log.close(),
  };
}

/** Where to go on, and what has to be taken back first. */
export function toStart(
  cursor: HistoryCursor | null,
  { epoch, lineage, first, head }: LogBounds,
): { readonly after: Lsn; readonly rewind: HistoryCursor | null; readonly isForeign: boolean } {
  if (cursor === null) return { after: first - 1, rewind: null, isForeign: false };
  const end = cursor.epoch === epoch ? head : lineage.find((ended) => ended.epoch === cursor.epoch)?.end;
  if (end === undefined) return { after: first - 1, rewind: { ...cursor, epoch, lsn: first - 1 }, isForeign: true };
  if (cursor.lsn <= end) return { after: cursor.lsn, rewind: null, isForeign: false };
  return { after: end, rewind: { ...cursor, epoch, lsn: end }, isForeign: false };
}
