import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import {
  type AlarmAction,
  type AlarmPriority,
  type DeviceId,
  type DeviceSpan,
  type DeviceValue,
  type HistoryGap,
  type Phase,
  type PointId,
  type Quality,
  type Reason,
} from '@phloem/protocol';
import { levelMs, planBuckets, toPointHistory, type Level } from '../buckets.ts';
import type { History, HistoryCursor, Sample, Stretch } from '../history.ts';
import { toFirstKnown, toLocationMarks, toUnknownSpan, type KeptMark } from '../marks.ts';
import { addRollUps, toRollUp, type RollUp } from '../roll-up.ts';
import { cutSpans, toPastSamples } from '../simulated-past.ts';
import { openHistoryDatabase, qualityCodes } from './history-schema.ts';
import { createRetention } from './history-retention.ts';

type Row = readonly SQLOutputValue[];
/** The number under which the gaps of all points are kept; points themselves are numbered from 1. */
const wholeHub = 0;
/** More spans than anybody can distinguish on a screen; the newest are reported. */
const maxSpans = 20_000;
/** So many gaps of a point are looked at, the newest; a probe with a loose wire can have hundreds of thousands. */
const maxGaps = 20_000;

const codes = new Map<Quality, number>(qualityCodes.map((quality, code) => [quality, code]));
const [simulatedCode, goodCode] = [codes.get('simulated') ?? 0, codes.get('good') ?? 0];

const merged = (table: Exclude<Level, 'raw'>): string => `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  min = coalesce(min(min, excluded.min), min, excluded.min), max = coalesce(max(max, excluded.max), max, excluded.max),
  sum = sum + excluded.sum, vals = vals + excluded.vals, samples = samples + excluded.samples, good = good + excluded.good,
  simulated = simulated + excluded.simulated`;
const bucketed = (table: Exclude<Level, 'raw'>): string => `SELECT CAST((at - ?) / ? AS INTEGER) AS bucket,
  min(min), max(max), sum(sum), sum(vals), sum(samples), sum(good), sum(simulated) FROM ${table} WHERE point = ? AND at BETWEEN ? AND ? GROUP BY bucket`;

/**
 * Opens the history in a SQLite file of its own. Its calls answer at once and may take a while: it belongs in a thread
 * that nobody waits for.
 *
 * @throws Fault `store/newer`; what SQLite says when the file cannot be read.
 */
export function openSqliteHistory(path: string): History & { readonly database: DatabaseSync } {
  const database = openHistoryDatabase(path);
  const sql = {
    fact: database.prepare('SELECT text FROM facts WHERE name = ?'),
    setFact: database.prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text'),
    points: database.prepare('SELECT n, id FROM points'),
    addPoint: database.prepare('INSERT INTO points (id) VALUES (?) RETURNING n'),
    addRaw: database.prepare('INSERT OR IGNORE INTO raw VALUES (?, ?, ?, ?, ?)'),
    minute: { add: database.prepare(merged('minute')), read: database.prepare(bucketed('minute')) },
    hour: { add: database.prepare(merged('hour')), read: database.prepare(bucketed('hour')) },
    raw: database.prepare(`SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, min(v), max(v), coalesce(sum(v), 0), count(v), count(*),
      sum(q IN (${goodCode}, ${simulatedCode})), sum(lsn = 0 OR q = ${simulatedCode})
      FROM raw WHERE point = ? AND at BETWEEN ? AND ? GROUP BY bucket`),
    samples: database.prepare(`SELECT at, lsn, v, q,
      CASE WHEN v IS NULL THEN (SELECT why FROM gaps WHERE gaps.point = raw.point AND since <= at AND coalesce(until, at) >= at ORDER BY since DESC LIMIT 1) END
      FROM raw WHERE point = ?1 AND (at > ?2 OR (at = ?2 AND lsn > ?3)) AND at <= ?4 ORDER BY at, lsn LIMIT ?5`),
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
      'INSERT INTO marks (alarm, at, until, lsn, end_lsn, priority, text, by, about, locations, written, action) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
  for (const statement of [sql.minute.read, sql.hour.read, sql.raw, sql.samples, sql.gaps]) statement.setReturnArrays(true);

  const numbers = new Map<PointId, number>(sql.points.all().map(({ n, id }) => [String(id), Number(n)]));
  const toNumber = (id: PointId): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    const added = Number(sql.addPoint.get(id)?.['n']);
    numbers.set(id, added);
    return added;
  };
  const fact = (name: string): unknown => {
    const row = sql.fact.get(name);
    return row === undefined ? null : JSON.parse(String(row['text']));
  };
  const time = (name: string): number | null => {
    const at = fact(name);
    return typeof at === 'number' ? at : null;
  };
  const setFact = (name: string, value: unknown): void => void sql.setFact.run(name, JSON.stringify(value));
  const transact = <T>(work: () => T): T => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself has rolled back when the disk was full. A point that was numbered meanwhile has no number now.
      if (database.isTransaction) database.exec('ROLLBACK');
      numbers.clear();
      for (const { n, id } of sql.points.all()) numbers.set(String(id), Number(n));
      throw error;
    }
  };

  const keepSamples = <S extends Sample>(samples: readonly S[], isNew?: (sample: S) => void): void => {
    const rolling = { minute: createRolling(sql.minute.add), hour: createRolling(sql.hour.add) };
    for (const sample of samples) {
      const { point, at, lsn, v, q } = sample;
      const n = toNumber(point);
      if (sql.addRaw.run(n, at, lsn, v, codes.get(q) ?? 0).changes === 0) continue;
      isNew?.(sample);
      const one = toRollUp({ v, q, isSimulated: lsn === 0 });
      rolling.minute.add(n, Math.floor(at / levelMs.minute) * levelMs.minute, one);
      rolling.hour.add(n, Math.floor(at / levelMs.hour) * levelMs.hour, one);
    }
    rolling.minute.flush();
    rolling.hour.flush();
  };

  const addSpan = (device: DeviceId, { from, to, value, phase, by, why, cause, lsn, isSimulated }: DeviceSpan): void =>
    void sql.addSpan.run(
      device,
      from,
      to,
      JSON.stringify(value),
      phase,
      by,
      why === null ? null : JSON.stringify(why),
      cause,
      lsn,
      isSimulated ? 1 : 0,
    );

  const addMark = ({ alarm, at, until, lsn, endLsn, priority, text, by, about, locations, written, action }: KeptMark): void =>
    void sql.addMark.run(alarm, at, until, lsn, endLsn, priority, text, by, about, locations?.join(' ') ?? null, written, action);

  const gapsOf = (n: number, { from, to }: Stretch): HistoryGap[] => {
    const rows = asRows(sql.gaps.all(n, from, to));
    const told = rows.slice(0, maxGaps).map(([since, until, why]) => ({
      from: Math.max(Number(since), from),
      to: Math.min(until === null ? to : Number(until), to),
      why: String(why),
    }));
    const oldest = told.at(-1);
    if (rows.length > told.length && oldest !== undefined) told.push({ from, to: oldest.from, why: 'more gaps than can be distinguished' });
    return told.toReversed();
  };
  const gapsIn = (n: number, stretch: Stretch): HistoryGap[] => [
    ...gapsOf(wholeHub, stretch),
    ...(n === wholeHub ? [] : gapsOf(n, stretch)),
  ];

  const retain = createRetention(database, {
    rawFrom: () => time('rawFrom') ?? -Infinity,
    setRawFrom: (at) => setFact('rawFrom', at),
    setMinuteFrom: (at) => setFact('minuteFrom', Math.max(at, time('minuteFrom') ?? -Infinity)),
    transact,
  });

  return {
    database,
    load: () => ({
      cursor: fact('cursor') as HistoryCursor | null,
      openGaps: sql.openGaps.all().map(({ id }) => String(id)),
      openSpans: sql.openSpans.all().map((row) => ({ device: String(row['device']), span: toSpan(row) })),
      openAlarms: sql.openAlarms.all().map(({ alarm }) => String(alarm)),
    }),
    write: ({ cursor, samples, gaps, spans, marks }) =>
      transact(() => {
        if (fact('marksFrom') === null)
          setFact('marksFrom', (fact('cursor') as HistoryCursor | null)?.at ?? toFirstKnown({ cursor, samples, marks }));
        if (fact('begins') === null)
          setFact(
            'begins',
            samples.reduce((first, { at }) => Math.min(first, at), cursor.at),
          );
        keepSamples(samples);
        for (const gap of gaps) {
          if (gap.kind === 'past') sql.addGap.run(wholeHub, gap.from, gap.to, gap.why);
          else if (gap.kind === 'open') sql.addGap.run(toNumber(gap.point), gap.from, null, gap.why);
          else sql.closeGap.run(gap.to, toNumber(gap.point));
        }
        for (const change of spans) {
          if (change.kind === 'close') sql.closeSpan.run(change.to, change.device);
          else addSpan(change.device, change.span);
        }
        for (const change of marks) {
          if (change.kind === 'open') addMark(change.mark);
          else sql.closeMark.run(change.to, change.lsn, change.alarm);
        }
        setFact('cursor', cursor);
      }),
    rewind: (cursor, isForeign) =>
      transact(() => {
        if (isForeign) {
          sql.forgetEntries.run();
          sql.endForeignMarks.run(cursor.at);
        } else {
          sql.dropLostMarks.run(cursor.lsn);
          sql.reopenMarks.run(cursor.lsn);
          const lost = sql.lostDevices.all(cursor.lsn);
          sql.dropLost.run(cursor.lsn);
          for (const { device } of lost) sql.reopen.run(String(device));
        }
        setFact('cursor', cursor);
      }),
    pointHistory: ({ id, from, to, buckets }) => {
      const n = numbers.get(id);
      if (n === undefined) return null;
      const plan = planBuckets({ from, to, buckets, rawFrom: time('rawFrom') ?? -Infinity, minuteFrom: time('minuteFrom') ?? -Infinity });
      const read = plan.level === 'raw' ? sql.raw : sql[plan.level].read;
      const rows = asRows(read.all(plan.start, plan.bucketMs, n, plan.start, to));
      const found = new Map(rows.map((row) => [Number(row[0]), toRow(row)]));
      return toPointHistory({ id, from, to }, plan, found, gapsIn(n, { from, to }));
    },
    samples: ({ id, from, to, after, limit }) => {
      const n = numbers.get(id);
      if (n === undefined) return null;
      const rows = asRows(sql.samples.all(n, after?.at ?? from, after?.lsn ?? -1, to, limit + 1));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        samples: page.map(([at, lsn, v, q, why]) => ({
          at: Number(at),
          v: v === null ? null : Number(v),
          q: qualityCodes[Number(q)] ?? 'bad',
          why: why === null ? null : String(why),
          isSimulated: lsn === 0 || q === simulatedCode,
        })),
        next: last === undefined || rows.length <= limit ? null : { at: Number(last[0]), lsn: Number(last[1]) },
      };
    },
    timeline: ({ id, from, to }) =>
      sql.isDevice.get(id) === undefined ? null : { id, from, to, spans: sql.spans.all(id, to, from).map(toSpan).toReversed() },
    marks: (query) =>
      toLocationMarks(query, asMarks(sql.marks.iterate(query.from, query.to)), [
        ...toUnknownSpan(query, time('marksFrom')),
        ...gapsIn(wholeHub, query),
      ]),
    importPast: (past) =>
      transact(() => {
        const begins = time('begins');
        const before = begins ?? Infinity;
        const rawFrom = time('rawFrom') ?? -Infinity;
        const told = toPastSamples(past.samples, before).filter(({ at }) => at >= rawFrom);
        let [samples, from, to] = [0, time('simulatedFrom'), time('simulatedTo')];
        keepSamples(
          told.map((sample) => ({ ...sample, lsn: 0 })),
          ({ point, at, gap }) => {
            samples += 1;
            from = Math.min(at, from ?? at);
            to = Math.max(at, to ?? at);
            if (gap !== null) sql.addGap.run(toNumber(point), gap.from, gap.to, gap.why);
          },
        );
        setFact('simulatedFrom', from);
        setFact('simulatedTo', to);
        let spans = 0;
        for (const { device, ...span } of cutSpans(past.spans, before)) {
          if (sql.hasPastSpan.get(device, span.from) !== undefined) continue;
          addSpan(device, { ...span, cause: null, lsn: null, isSimulated: true });
          spans += 1;
        }
        return { samples, spans, before: begins };
      }),
    simulatedReach: () => ({ from: time('simulatedFrom'), to: time('simulatedTo'), before: time('begins') }),
    retain,
    close: () => database.close(),
  };
}

/** Adds up what falls into the same bucket of a point as long as it comes one after the other; the table adds up the rest. */
function createRolling(add: { run(...values: (number | null)[]): unknown }) {
  const open = new Map<number, { at: number; row: RollUp }>();
  const store = (point: number, at: number, { min, max, sum, values, samples, good, simulated }: RollUp): void =>
    void add.run(point, at, min, max, sum, values, samples, good, simulated);
  return {
    add: (point: number, at: number, row: RollUp): void => {
      const known = open.get(point);
      if (known?.at === at) {
        known.row = addRollUps(known.row, row);
        return;
      }
      if (known !== undefined) store(point, known.at, known.row);
      open.set(point, { at, row });
    },
    flush: (): void => {
      for (const [point, { at, row }] of open) store(point, at, row);
    },
  };
}

const asRows = (rows: unknown): readonly Row[] => rows as readonly Row[];

const toRow = ([, min, max, sum, values, samples, good, simulated]: Row): RollUp => ({
  min: toValue(min),
  max: toValue(max),
  sum: Number(sum),
  values: Number(values),
  samples: Number(samples),
  good: Number(good),
  simulated: Number(simulated),
});

const toValue = (value: SQLOutputValue | undefined): number | null => (value === null || value === undefined ? null : Number(value));

const toSpan = (row: Record<string, SQLOutputValue>): DeviceSpan => ({
  from: Number(row['since']),
  to: toValue(row['until']),
  value: JSON.parse(String(row['value'])) as DeviceValue | null,
  phase: String(row['phase']) as Phase,
  by: row['by'] === null ? null : String(row['by']),
  why: row['why'] === null ? null : (JSON.parse(String(row['why'])) as Reason),
  cause: toValue(row['cause']),
  lsn: toValue(row['lsn']),
  isSimulated: row['simulated'] === 1,
});

function* asMarks(rows: Iterable<Record<string, SQLOutputValue>>): Iterable<KeptMark> {
  for (const row of rows) {
    yield {
      alarm: toText(row['alarm']),
      at: Number(row['at']),
      until: toValue(row['until']),
      lsn: toValue(row['lsn']),
      endLsn: toValue(row['end_lsn']),
      priority: toText(row['priority']) as AlarmPriority | null,
      text: String(row['text']),
      by: toText(row['by']),
      about: toText(row['about']),
      locations: toText(row['locations'])?.split(' ') ?? null,
      written: toValue(row['written']),
      action: toText(row['action']) as AlarmAction | null,
    };
  }
}

const toText = (value: SQLOutputValue | undefined): string | null => (value === null || value === undefined ? null : String(value));
