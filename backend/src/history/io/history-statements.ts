import type { DatabaseSync } from 'node:sqlite';
import type { Level } from '../buckets.ts';

export type HistoryStatements = ReturnType<typeof prepareHistory>;

/** More spans than anybody can distinguish on a screen; the newest are reported. */
const maxSpans = 20_000;
/** So many gaps of a point are looked at, the newest; a probe with a loose wire can have hundreds of thousands. */
export const maxGaps = 20_000;

const merged = (table: Exclude<Level, 'raw'>): string => `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  min = coalesce(min(min, excluded.min), min, excluded.min), max = coalesce(max(max, excluded.max), max, excluded.max),
  sum = sum + excluded.sum, vals = vals + excluded.vals, samples = samples + excluded.samples, good = good + excluded.good,
  simulated = simulated + excluded.simulated`;
const bucketed = (table: Exclude<Level, 'raw'>): string => `SELECT CAST((at - ?) / ? AS INTEGER) AS bucket,
  min(min), max(max), sum(sum), sum(vals), sum(samples), sum(good), sum(simulated) FROM ${table} WHERE point = ? AND at BETWEEN ? AND ? GROUP BY bucket`;

/** The statements of a history. Those that read many rows return arrays. */
export const prepareHistory = (database: DatabaseSync) => {
  const sql = {
    fact: database.prepare('SELECT text FROM facts WHERE name = ?'),
    setFact: database.prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text'),
    points: database.prepare('SELECT n, id FROM points'),
    addPoint: database.prepare('INSERT INTO points (id) VALUES (?) RETURNING n'),
    minute: { add: database.prepare(merged('minute')), read: database.prepare(bucketed('minute')) },
    hour: { add: database.prepare(merged('hour')), read: database.prepare(bucketed('hour')) },
    whyMissing: database.prepare(
      'SELECT why FROM gaps WHERE point = ?1 AND since <= ?2 AND coalesce(until, ?2) >= ?2 ORDER BY since DESC LIMIT 1',
    ),
    openGaps: database.prepare('SELECT id FROM gaps JOIN points ON points.n = point WHERE until IS NULL'),
    addGap: database.prepare('INSERT INTO gaps (point, since, until, why) VALUES (?, ?, ?, ?)'),
    closeGap: database.prepare('UPDATE gaps SET until = max(since, ?) WHERE point = ? AND until IS NULL'),
    // The gaps of a point follow one another: of those that began before the stretch the newest alone can reach into it.
    gaps: database.prepare(
      `SELECT since, until, why FROM gaps WHERE point = ?1 AND since < ?3 AND (until IS NULL OR until > ?2) AND
      since >= coalesce((SELECT max(since) FROM gaps WHERE point = ?1 AND since <= ?2), ?2) ORDER BY since DESC LIMIT ${maxGaps + 1}`,
    ),
    openSpans: database.prepare('SELECT * FROM spans WHERE until IS NULL AND simulated = 0'),
    addSpan: database.prepare(
      'INSERT INTO spans (device, since, until, value, phase, by, why, cause, lsn, simulated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    closeSpan: database.prepare('UPDATE spans SET until = ? WHERE device = ? AND until IS NULL AND simulated = 0'),
    hasPastSpan: database.prepare('SELECT 1 FROM spans WHERE device = ? AND since = ? AND simulated = 1'),
    isDevice: database.prepare('SELECT 1 FROM spans WHERE device = ? LIMIT 1'),
    spans: database.prepare(
      `SELECT * FROM spans WHERE device = ? AND since <= ? AND (until IS NULL OR until >= ?) ORDER BY since DESC, n DESC LIMIT ${maxSpans}`,
    ),
    lostDevices: database.prepare('SELECT DISTINCT device FROM spans WHERE lsn > ?'),
    dropLost: database.prepare('DELETE FROM spans WHERE lsn > ?'),
    reopen: database.prepare(
      'UPDATE spans SET until = NULL WHERE n = (SELECT n FROM spans WHERE device = ? ORDER BY since DESC, n DESC LIMIT 1) AND simulated = 0',
    ),
    addMark: database.prepare(
      'INSERT INTO marks (alarm, at, until, lsn, end_lsn, priority, text, by, about, locations, written, action, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    closeMark: database.prepare('UPDATE marks SET until = max(at, ?), end_lsn = ? WHERE alarm = ? AND until IS NULL'),
    openAlarms: database.prepare('SELECT alarm FROM marks WHERE until IS NULL'),
    // By their starts, newest first and never sorted: an alarm that chatters makes hundreds of thousands, and few are wanted.
    marks: database.prepare(
      'SELECT * FROM marks INDEXED BY marks_by_start WHERE (+until >= ?1 OR +until IS NULL) AND at <= ?2 ORDER BY at DESC, until DESC, n DESC',
    ),
    dropLostMarks: database.prepare('DELETE FROM marks WHERE lsn > ?'),
    reopenMarks: database.prepare('UPDATE marks SET until = NULL, end_lsn = NULL WHERE end_lsn > ?'),
    endForeignMarks: database.prepare('UPDATE marks SET until = coalesce(until, max(at, ?)), lsn = NULL, end_lsn = NULL'),
    forgetEntries: database.prepare('UPDATE spans SET lsn = NULL, cause = NULL'),
  };
  for (const statement of [sql.minute.read, sql.hour.read, sql.gaps]) statement.setReturnArrays(true);
  return sql;
};
