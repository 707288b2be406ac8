import type { DatabaseSync } from 'node:sqlite';
import type { HistoryLimits } from '../history.ts';

type RetentionParts = {
  /** From when on the samples that only this database has are kept. */
  readonly rawFrom: () => number;
  readonly setRawFrom: (at: number) => void;
  /** Samples before it are too old, those of the log as well. */
  readonly setAgedFrom: (at: number) => void;
  readonly setMinuteFrom: (at: number) => void;
  readonly transact: <T>(work: () => T) => T;
};

/** So many rows go at a call: readers wait for no more than that. */
const slice = 10_000;
/** However full the file is, so much of what was measured last stays. */
const leastRawMs = 3_600_000;

/** Makes the function that removes what has been kept long enough. */
export function createRetention(database: DatabaseSync, { rawFrom, setRawFrom, setAgedFrom, setMinuteFrom, transact }: RetentionParts) {
  const tables = (['raw', 'minute', 'hour'] as const).map((table) => ({
    table,
    edge: database.prepare(`SELECT at FROM ${table} WHERE point = ? AND at < ? ORDER BY at LIMIT 1 OFFSET ${slice}`),
    cut: database.prepare(`DELETE FROM ${table} WHERE point = ? AND at < ?`),
  }));
  const points = database.prepare('SELECT n FROM points ORDER BY n');
  const oldest = database.prepare(
    'SELECT min(first) AS first FROM (SELECT (SELECT min(at) FROM raw WHERE point = n) AS first FROM points)',
  );
  const sizes = database.prepare(
    'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  const forgetGaps = database.prepare('DELETE FROM gaps WHERE until < ?');
  const forgetSpans = database.prepare('DELETE FROM spans WHERE until < ?');
  const forgetMarks = database.prepare('DELETE FROM marks WHERE until < ?');

  return ({ rawMs, minuteMs, hourMs, maxBytes }: HistoryLimits, now: number): { readonly isMore: boolean } =>
    transact(() => {
      let from = Math.max(rawFrom(), now - rawMs);
      let isTooLarge = Number(sizes.get()?.['bytes'] ?? 0) > maxBytes;
      const first = oldest.get()?.['first'];
      if (isTooLarge && typeof first === 'number' && first < now - leastRawMs) {
        // A twentieth of what is there, an hour at least: then it is looked at again.
        from = Math.min(now - leastRawMs, Math.max(from, first + Math.max(leastRawMs, (now - first) / 20)));
      } else isTooLarge = false;
      if (from > rawFrom()) setRawFrom(Math.round(from));
      setAgedFrom(now - rawMs);
      setMinuteFrom(now - minuteMs);
      forgetGaps.run(now - hourMs);
      forgetSpans.run(now - hourMs);
      forgetMarks.run(now - hourMs);
      let removed = 0;
      const edges = { raw: from, minute: now - minuteMs, hour: now - hourMs };
      for (const { n } of points.all()) {
        for (const { table, edge, cut } of tables) {
          const more = edge.get(Number(n), edges[table])?.['at'];
          removed += Number(cut.run(Number(n), typeof more === 'number' ? more : edges[table]).changes);
          if (typeof more === 'number' || removed >= slice) return { isMore: true };
        }
      }
      return { isMore: isTooLarge };
    });
}
