import { createTimeZone, Fault, isFault, type IngestOutcome, type TimeZone } from '@phloem/protocol';
import { pauseAfter, type IngestSender } from '@phloem/reconnect';
import { BehaviorSubject, filter, firstValueFrom, map, merge, Subject, take, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Engine } from '../dialects/engine.ts';
import { answerInTime } from '../answer-in-time.ts';
import type { SqlSession } from '../sql-session.ts';
import { checkTable } from './check-table.ts';
import { followOffset } from './clock-offset.ts';
import { toDatabaseNow, toReadStatements, toTableRow, type ReadStatements, type SelectedRow } from './read-statements.ts';
import { advance, decodeCursor, encodeCursor, type TableCursor } from './table-cursor.ts';
import { toFrames, type ReadingsMapping } from './to-frames.ts';

/** What has been done since the start. */
export type ReadingsCounters = {
  readonly rows: number;
  readonly live: number;
  readonly late: number;
  /** Readings that the hub did not take. */
  readonly refused: number;
  /** Rows of unknown age, which were left out. */
  readonly timeless: number;
  /** Ids without a row that are no longer asked for because there are too many. */
  readonly skipped: number;
  readonly failures: number;
};

/** How the reading of a table stands. */
export type ReadingsStatus = {
  readonly phase: 'resting' | 'dialing' | 'flowing' | 'closed';
  readonly error: { readonly code: Fault['code']; readonly message: string } | null;
  readonly counters: ReadingsCounters;
};

export type ReadingsOptions = {
  readonly engine: Engine;
  readonly mapping: ReadingsMapping;
  /** Where a source begins that the hub knows nothing of: at the newest row, or at the first. */
  readonly from: 'head' | 'first';
  /** How long an id that was jumped over is asked for. */
  readonly holesMs: number;
  readonly pollMs: number;
  readonly openSession: () => Promise<SqlSession>;
  readonly sender: Pick<IngestSender, 'attached$' | 'send'>;
  readonly clock: SchedulerLike;
  readonly random: () => number;
  /** What the clock of the hub shows, in milliseconds since 1970. */
  readonly hubNow: () => number;
};

/** Reads a table until `close`. */
export interface ReadingsReader {
  readonly status$: Observable<ReadingsStatus>;
  close(): Promise<void>;
}

const backOff = { baseMs: 100, capMs: 5000 };
const answerMs = 5000;
const limit = 100;
/** A row that was not there at the last look, so long ago at most, has just come. */
const freshMs = 30_000;
/** How many ids below the newest one may still be without a row when a table is read for the first time. */
const lookBack = 200;
const noCounters: ReadingsCounters = { rows: 0, live: 0, late: 0, refused: 0, timeless: 0, skipped: 0, failures: 0 };

/** Reads rows by their increasing id, and sends them to the hub as readings of a source. The hub keeps the cursor with the readings. */
export const runReadings = (options: ReadingsOptions): ReadingsReader => {
  const status$ = new BehaviorSubject<ReadingsStatus>({ phase: 'dialing', error: null, counters: noCounters });
  const reader = new Reader(options, status$);
  const ended = reader.run();
  return {
    status$: status$.asObservable(),
    close: async () => {
      await reader.close();
      await ended;
      status$.next({ ...status$.value, phase: 'closed' });
      status$.complete();
    },
  };
};

class Reader {
  readonly #options: ReadingsOptions;
  readonly #status$: BehaviorSubject<ReadingsStatus>;
  readonly #statements: ReadStatements;
  readonly #zone: TimeZone;
  readonly #closed$ = new Subject<void>();
  #isClosed = false;
  #session: SqlSession | null = null;
  #cursor: TableCursor | null = null;
  /** When the table was last read to its end. */
  #readAt = Number.NEGATIVE_INFINITY;
  #offset: number | null = null;

  constructor(options: ReadingsOptions, status$: BehaviorSubject<ReadingsStatus>) {
    this.#options = options;
    this.#status$ = status$;
    this.#statements = toReadStatements(options.engine, options.mapping);
    this.#zone = createTimeZone(options.mapping.time?.zone ?? 'UTC');
  }

  async run(): Promise<void> {
    const { random, pollMs, sender } = this.#options;
    // A hub that has gone back to an older copy of its data is sent again what it has lost.
    const lost = sender.attached$.pipe(filter((progress) => progress.lost !== null)).subscribe(() => {
      this.#cursor = null;
    });
    let failures = 0;
    while (!this.#isClosed) {
      try {
        const count = await this.#turn();
        failures = 0;
        this.#tell({ phase: 'flowing', error: null });
        if (count < limit) await this.#pause(pollMs);
      } catch (error) {
        if (!isFault(error)) throw error;
        if (this.#isClosed) break;
        await this.#endSession();
        failures += 1;
        this.#count({ failures: 1 });
        this.#tell({ phase: 'resting', error: { code: error.code, message: error.message } });
        await this.#pause(pauseAfter(failures, backOff, random));
      }
    }
    lost.unsubscribe();
    await this.#endSession();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed$.next();
    await this.#endSession();
  }

  /** One look at the table. Returns how many rows it had. */
  async #turn(): Promise<number> {
    const session = await this.#connect();
    const cursor = (this.#cursor ??= await this.#resume(session));
    const { clock, hubNow, mapping, holesMs } = this.#options;
    const areFresh = clock.now() - this.#readAt <= freshMs;
    const selected = await this.#ask(
      session.query<SelectedRow>(
        this.#statements.rows(
          cursor.holes.map(({ id }) => id),
          limit,
        ),
        [cursor.last],
      ),
    );
    const now = clock.now();
    if (selected.length < limit) this.#readAt = now;
    else this.#readAt = Number.NEGATIVE_INFINITY;
    if (selected.length === 0) {
      this.#cursor = advance(await this.#followRestart(session, cursor), [], now, holesMs).cursor;
      return 0;
    }
    const rows = selected.map((row) => toTableRow(mapping, row));
    const next = advance(
      cursor,
      rows.map(({ id }) => id),
      now,
      holesMs,
    );
    const databaseNow = toDatabaseNow(selected[0]);
    this.#offset = followOffset(this.#offset, hubNow(), databaseNow);
    const times = { databaseNow, hubNow: databaseNow + this.#offset, zone: this.#zone };
    const { frames, timeless } = toFrames({ mapping, rows, areFresh, ...times });
    // The table may have been read again meanwhile, by word of the hub.
    const outcome = frames.length === 0 ? null : await this.#send(frames, encodeCursor(next.cursor));
    if (this.#cursor === cursor) this.#cursor = next.cursor;
    this.#count({
      rows: rows.length,
      live: outcome?.live ?? 0,
      late: outcome?.late ?? 0,
      refused: outcome?.refusedCount ?? 0,
      timeless,
      skipped: next.skipped,
    });
    return selected.length;
  }

  async #connect(): Promise<SqlSession> {
    if (this.#session !== null) return this.#session;
    this.#tell({ phase: 'dialing' });
    const { engine, mapping, openSession } = this.#options;
    const opening = openSession();
    let session: SqlSession;
    try {
      session = await this.#ask(opening);
    } catch (error) {
      // One that opens after all is not left behind.
      opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
    this.#session = session;
    this.#readAt = Number.NEGATIVE_INFINITY;
    await this.#ask(checkTable(session, engine, mapping));
    return session;
  }

  /** Where the hub says that this source has come, or where a new one begins. */
  async #resume(session: SqlSession): Promise<TableCursor> {
    const { sender, from, clock } = this.#options;
    const progress = await this.#orClosed(sender.attached$);
    const known = progress.position === null ? null : decodeCursor(progress.position, clock.now());
    if (known !== null) return known;
    const newest = await this.#newest(session);
    if (from === 'first' || newest === null) return { last: 0, holes: [] };
    const first = Math.max(1, newest - lookBack);
    const rows = await this.#ask(session.query<SelectedRow>(this.#statements.ids, [first]));
    const present = new Set(rows.map((row) => Number(row['row_id'])));
    const holes = Array.from({ length: newest - first }, (_, index) => first + index).filter((id) => !present.has(id));
    // The newest row is read again: with it the hub learns of the cursor, so that nothing is missed if the bridge now ends.
    return { last: newest - 1, holes: holes.map((id) => ({ id, since: clock.now() })) };
  }

  async #newest(session: SqlSession): Promise<number | null> {
    const [row] = await this.#ask(session.query<SelectedRow>(this.#statements.newest));
    return row?.['newest'] === null || row?.['newest'] === undefined ? null : Number(row['newest']);
  }

  /**
   * A table that was emptied and counts from 1 again would not be read for long. Where only the newest rows were deleted, a few are read
   * twice; the hub takes them as late, if at all.
   */
  async #followRestart(session: SqlSession, cursor: TableCursor): Promise<TableCursor> {
    const newest = await this.#newest(session);
    return newest === null || newest >= cursor.last ? cursor : { last: Math.max(0, newest - lookBack), holes: [] };
  }

  async #send(frames: Parameters<IngestSender['send']>[0], position: string): Promise<IngestOutcome | null> {
    const { sender } = this.#options;
    // Unanswered until the hub is back; only the end of the bridge cuts it short.
    return this.#orClosed(sender.send(frames, position));
  }

  async #orClosed<T>(asked: Observable<T> | Promise<T>): Promise<T> {
    const over$ = this.#closed$.pipe(
      map((): T => {
        throw new Fault('bridge/unreachable', 'the bridge was closed');
      }),
    );
    return firstValueFrom(merge(asked, over$).pipe(take(1)));
  }

  async #ask<T>(asked: Promise<T>): Promise<T> {
    return answerInTime(asked, answerMs, this.#options.clock);
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed) return;
    await firstValueFrom(merge(timer(ms, this.#options.clock), this.#closed$));
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  #tell(parts: Partial<ReadingsStatus>): void {
    this.#status$.next({ ...this.#status$.value, ...parts });
  }

  #count(more: Partial<ReadingsCounters>): void {
    const { counters } = this.#status$.value;
    const sum = { ...counters };
    for (const [name, n] of Object.entries(more) as [keyof ReadingsCounters, number][]) sum[name] += n;
    this.#tell({ counters: sum });
  }
}
