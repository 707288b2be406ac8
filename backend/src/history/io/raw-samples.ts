import type { PointId } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import type { LogEntries } from '../../log/log-entries.ts';
import { bySampleKey, toSamples, type LoggedSample } from '../../log/samples/entry-samples.ts';
import type { SampleQuery, SampleSource } from '../../log/samples/sample-source.ts';
import { asRows } from './history-rows.ts';
import { codes, qualityCodes } from './history-schema.ts';

/** Samples that an older version kept beside the log: those of the entries from `next` to `to`. */
export type DoubledSamples = { readonly next: number; readonly to: number };

const slice = { entries: 2048, bytes: 1024 * 1024 };

/** The samples of points: those of the log, and those that only this database has, which are simulated or older than the log. */
export class RawSamples {
  readonly #log: SampleSource;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #numbers: ReadonlyMap<PointId, number>;

  constructor(database: DatabaseSync, log: SampleSource, numbers: ReadonlyMap<PointId, number>) {
    this.#log = log;
    this.#sql = prepare(database);
    this.#numbers = numbers;
  }

  /** Keeps a sample that the log does not have. Returns whether it is new. */
  add(point: number, { at, lsn, v, q }: LoggedSample): boolean {
    return Number(this.#sql.add.run(point, at, lsn, v, codes.get(q) ?? 0).changes) > 0;
  }

  /** The samples in order, at least `limit` where there are so many. */
  read(query: SampleQuery): readonly LoggedSample[] {
    const { point, from, to, after, limit } = query;
    const rows = asRows(
      this.#sql.read.all(this.#numbers.get(point) ?? 0, after?.at ?? from, after?.lsn ?? -1, to, Number.isFinite(limit) ? limit : -1),
    );
    const kept = rows.map(([at, lsn, v, q]) => ({
      at: Number(at),
      lsn: Number(lsn),
      v: v === null ? null : Number(v),
      q: qualityCodes[Number(q)] ?? 'bad',
    }));
    const logged = this.#log.read(query);
    return kept.length === 0 ? logged : toUnion(kept, logged);
  }

  /** Removes the samples of a few entries that are in the log as well. Returns what is left to look at. */
  removeDoubled({ next, to }: DoubledSamples, log: LogEntries): DoubledSamples | null {
    const { first, head } = log.bounds();
    const after = Math.max(next, first) - 1;
    if (after >= Math.min(to, head)) return null;
    const entries = log.read(after, slice, first);
    for (const entry of entries) {
      if (entry.lsn > to) return null;
      for (const { point, at, lsn } of toSamples(entry)) {
        const n = this.#numbers.get(point);
        if (n !== undefined) this.#sql.remove.run(n, at, lsn);
      }
    }
    const last = entries.at(-1);
    return last === undefined ? null : { next: last.lsn + 1, to };
  }
}

const prepare = (database: DatabaseSync) => {
  const sql = {
    add: database.prepare('INSERT OR IGNORE INTO raw VALUES (?, ?, ?, ?, ?)'),
    read: database.prepare(
      'SELECT at, lsn, v, q FROM raw WHERE point = ?1 AND (at > ?2 OR (at = ?2 AND lsn > ?3)) AND at <= ?4 ORDER BY at, lsn LIMIT ?5',
    ),
    remove: database.prepare('DELETE FROM raw WHERE point = ? AND at = ? AND lsn = ?'),
  };
  sql.read.setReturnArrays(true);
  return sql;
};

/** Two lists in order as one; a sample that is in both comes once. */
function toUnion(a: readonly LoggedSample[], b: readonly LoggedSample[]): readonly LoggedSample[] {
  return [...a, ...b].toSorted(bySampleKey).filter((sample, index, all) => {
    const before = all[index - 1];
    return before === undefined || bySampleKey(before, sample) !== 0;
  });
}
