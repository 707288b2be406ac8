import {
  formatAuthor,
  type PointHistory,
  type DeviceTimeline,
  type SimulatedPast,
  type SimulatedPastAnswer,
  type SimulatedPastReach,
  type DeviceId,
  type DeviceSpan,
  type HistoryGap,
  type PointId,
} from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { asMarks, asRows, toRow, toSpan } from './history-rows.ts';
import { codes, maxGaps, prepareHistory, simulatedCode, type HistoryStatements } from './history-statements.ts';
import type { Later, HistoryState, HistoryBatch, SamplePage, SampleKey, History, HistoryCursor, Sample, Stretch } from '../history.ts';
import { type FoundMarks, type MarksQuery, toFirstKnown, toLocationMarks, toUnknownSpan, type KeptMark } from '../marks.ts';
import { levelMs, planBuckets, toPointHistory } from '../buckets.ts';
import { addRollUps, toRollUp, type RollUp } from '../roll-up.ts';
import { cutSpans, toPastSamples } from '../simulated-past.ts';
import { openHistoryDatabase, qualityCodes } from './history-schema.ts';
import { createRetention } from './history-retention.ts';

/** The number under which the gaps of all points are kept; points themselves are numbered from 1. */
const wholeHub = 0;

/**
 * Opens the history in a SQLite file of its own. Its calls answer at once and may take a while: it belongs in a thread
 * that nobody waits for.
 *
 * @throws Fault `store/newer`; what SQLite says when the file cannot be read.
 */
export const openSqliteHistory = (path: string): History & { readonly database: DatabaseSync } => new SqliteHistory(path);

class SqliteHistory implements History {
  readonly #sql: HistoryStatements;
  readonly #numbers: Map<PointId, number>;
  readonly database: DatabaseSync;
  readonly retain: History['retain'];

  constructor(path: string) {
    this.database = openHistoryDatabase(path);
    this.#sql = prepareHistory(this.database);
    this.#numbers = new Map<PointId, number>(this.#sql.points.all().map(({ n, id }) => [String(id), Number(n)]));
    this.retain = createRetention(this.database, {
      rawFrom: () => this.#time('rawFrom') ?? -Infinity,
      setRawFrom: (at) => this.#setFact('rawFrom', at),
      setMinuteFrom: (at) => this.#setFact('minuteFrom', Math.max(at, this.#time('minuteFrom') ?? -Infinity)),
      transact: (work) => this.#transact(work),
    });
  }

  load(): Later<HistoryState> {
    return {
      cursor: this.#fact('cursor') as HistoryCursor | null,
      openGaps: this.#sql.openGaps.all().map(({ id }) => String(id)),
      openSpans: this.#sql.openSpans.all().map((row) => ({ device: String(row['device']), span: toSpan(row) })),
      openAlarms: this.#sql.openAlarms.all().map(({ alarm }) => String(alarm)),
    };
  }

  write({ cursor, samples, gaps, spans, marks }: HistoryBatch): Later<void> {
    return this.#transact(() => {
      if (this.#fact('marksFrom') === null)
        this.#setFact('marksFrom', (this.#fact('cursor') as HistoryCursor | null)?.at ?? toFirstKnown({ cursor, samples, marks }));
      if (this.#fact('begins') === null)
        this.#setFact(
          'begins',
          samples.reduce((first, { at }) => Math.min(first, at), cursor.at),
        );
      this.#keepSamples(samples);
      for (const gap of gaps) {
        if (gap.kind === 'past') this.#sql.addGap.run(wholeHub, gap.from, gap.to, gap.why);
        else if (gap.kind === 'open') this.#sql.addGap.run(this.#toNumber(gap.point), gap.from, null, gap.why);
        else this.#sql.closeGap.run(gap.to, this.#toNumber(gap.point));
      }
      for (const change of spans) {
        if (change.kind === 'close') this.#sql.closeSpan.run(change.to, change.device);
        else this.#addSpan(change.device, change.span);
      }
      for (const change of marks) {
        if (change.kind === 'open') this.#addMark(change.mark);
        else this.#sql.closeMark.run(change.to, change.lsn, change.alarm);
      }
      this.#setFact('cursor', cursor);
    });
  }

  rewind(cursor: HistoryCursor, isForeign: boolean): Later<void> {
    return this.#transact(() => {
      if (isForeign) {
        this.#sql.forgetEntries.run();
        this.#sql.endForeignMarks.run(cursor.at);
      } else {
        this.#sql.dropLostMarks.run(cursor.lsn);
        this.#sql.reopenMarks.run(cursor.lsn);
        const lost = this.#sql.lostDevices.all(cursor.lsn);
        this.#sql.dropLost.run(cursor.lsn);
        for (const { device } of lost) this.#sql.reopen.run(String(device));
      }
      this.#setFact('cursor', cursor);
    });
  }

  pointHistory({ id, from, to, buckets }: Stretch & { readonly id: PointId; readonly buckets: number }): Later<PointHistory | null> {
    const n = this.#numbers.get(id);
    if (n === undefined) return null;
    const plan = planBuckets({
      from,
      to,
      buckets,
      rawFrom: this.#time('rawFrom') ?? -Infinity,
      minuteFrom: this.#time('minuteFrom') ?? -Infinity,
    });
    const read = plan.level === 'raw' ? this.#sql.raw : this.#sql[plan.level].read;
    const rows = asRows(read.all(plan.start, plan.bucketMs, n, plan.start, to));
    const found = new Map(rows.map((row) => [Number(row[0]), toRow(row)]));
    return toPointHistory({ id, from, to }, plan, found, this.#gapsIn(n, { from, to }));
  }

  samples({
    id,
    from,
    to,
    after,
    limit,
  }: Stretch & { readonly id: PointId; readonly after: SampleKey | null; readonly limit: number }): Later<SamplePage | null> {
    const n = this.#numbers.get(id);
    if (n === undefined) return null;
    const rows = asRows(this.#sql.samples.all(n, after?.at ?? from, after?.lsn ?? -1, to, limit + 1));
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
  }

  timeline({ id, from, to }: Stretch & { readonly id: DeviceId }): Later<DeviceTimeline | null> {
    return this.#sql.isDevice.get(id) === undefined
      ? null
      : { id, from, to, spans: this.#sql.spans.all(id, to, from).map(toSpan).toReversed() };
  }

  marks(query: MarksQuery): Later<FoundMarks> {
    return toLocationMarks(query, asMarks(this.#sql.marks.iterate(query.from, query.to)), [
      ...toUnknownSpan(query, this.#time('marksFrom')),
      ...this.#gapsIn(wholeHub, query),
    ]);
  }

  importPast(past: SimulatedPast): Later<SimulatedPastAnswer> {
    return this.#transact(() => {
      const begins = this.#time('begins');
      const before = begins ?? Infinity;
      const rawFrom = this.#time('rawFrom') ?? -Infinity;
      const told = toPastSamples(past.samples, before).filter(({ at }) => at >= rawFrom);
      let [samples, from, to] = [0, this.#time('simulatedFrom'), this.#time('simulatedTo')];
      this.#keepSamples(
        told.map((sample) => ({ ...sample, lsn: 0 })),
        ({ point, at, gap }) => {
          samples += 1;
          from = Math.min(at, from ?? at);
          to = Math.max(at, to ?? at);
          if (gap !== null) this.#sql.addGap.run(this.#toNumber(point), gap.from, gap.to, gap.why);
        },
      );
      this.#setFact('simulatedFrom', from);
      this.#setFact('simulatedTo', to);
      let spans = 0;
      for (const { device, ...span } of cutSpans(past.spans, before)) {
        if (this.#sql.hasPastSpan.get(device, span.from) !== undefined) continue;
        this.#addSpan(device, { ...span, cause: null, lsn: null, isSimulated: true });
        spans += 1;
      }
      return { samples, spans, before: begins };
    });
  }

  simulatedReach(): Later<SimulatedPastReach> {
    return { from: this.#time('simulatedFrom'), to: this.#time('simulatedTo'), before: this.#time('begins') };
  }

  close(): void {
    this.database.close();
  }

  #toNumber(id: PointId): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const added = Number(this.#sql.addPoint.get(id)?.['n']);
    this.#numbers.set(id, added);
    return added;
  }

  #fact(name: string): unknown {
    const row = this.#sql.fact.get(name);
    return row === undefined ? null : JSON.parse(String(row['text']));
  }

  #time(name: string): number | null {
    const at = this.#fact(name);
    return typeof at === 'number' ? at : null;
  }

  #setFact(name: string, value: unknown): void {
    void this.#sql.setFact.run(name, JSON.stringify(value));
  }

  #transact<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself has rolled back when the disk was full. A point that was numbered meanwhile has no number now.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      this.#numbers.clear();
      for (const { n, id } of this.#sql.points.all()) this.#numbers.set(String(id), Number(n));
      throw error;
    }
  }

  #keepSamples<S extends Sample>(samples: readonly S[], isNew?: (sample: S) => void): void {
    const rolling = { minute: createRolling(this.#sql.minute.add), hour: createRolling(this.#sql.hour.add) };
    for (const sample of samples) {
      const { point, at, lsn, v, q } = sample;
      const n = this.#toNumber(point);
      if (this.#sql.addRaw.run(n, at, lsn, v, codes.get(q) ?? 0).changes === 0) continue;
      isNew?.(sample);
      const one = toRollUp({ v, q, isSimulated: lsn === 0 });
      rolling.minute.add(n, Math.floor(at / levelMs.minute) * levelMs.minute, one);
      rolling.hour.add(n, Math.floor(at / levelMs.hour) * levelMs.hour, one);
    }
    rolling.minute.flush();
    rolling.hour.flush();
  }

  #addSpan(device: DeviceId, { from, to, value, phase, by, why, cause, lsn, isSimulated }: DeviceSpan): void {
    void this.#sql.addSpan.run(
      device,
      from,
      to,
      JSON.stringify(value),
      phase,
      by === null ? null : formatAuthor(by),
      why === null ? null : JSON.stringify(why),
      cause,
      lsn,
      isSimulated ? 1 : 0,
    );
  }

  #addMark({ alarm, at, until, lsn, endLsn, priority, text, by, about, locations, written, action }: KeptMark): void {
    void this.#sql.addMark.run(
      alarm,
      at,
      until,
      lsn,
      endLsn,
      priority,
      text,
      by === null ? null : formatAuthor(by),
      about,
      locations?.join(' ') ?? null,
      written,
      action,
    );
  }

  #gapsOf(n: number, { from, to }: Stretch): HistoryGap[] {
    const rows = asRows(this.#sql.gaps.all(n, from, to));
    const told = rows.slice(0, maxGaps).map(([since, until, why]) => ({
      from: Math.max(Number(since), from),
      to: Math.min(until === null ? to : Number(until), to),
      why: String(why),
    }));
    const oldest = told.at(-1);
    if (rows.length > told.length && oldest !== undefined) told.push({ from, to: oldest.from, why: 'more gaps than can be distinguished' });
    return told.toReversed();
  }

  #gapsIn(n: number, stretch: Stretch): HistoryGap[] {
    return [...this.#gapsOf(wholeHub, stretch), ...(n === wholeHub ? [] : this.#gapsOf(n, stretch))];
  }
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
