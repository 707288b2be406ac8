import {
  formatAuthor,
  reasonOf,
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
import { asMarks, asRows, toReason, toRow, toSpan } from './history-rows.ts';
import { maxGaps, prepareHistory, type HistoryStatements } from './history-statements.ts';
import type { LogEntries } from '../../log/log-entries.ts';
import type { LoggedSample, Sample, SampleKey } from '../../log/samples/entry-samples.ts';
import type { SampleSource } from '../../log/samples/sample-source.ts';
import type { Later, HistoryState, HistoryBatch, SamplePage, History, HistoryCursor, Stretch } from '../history.ts';
import { type FoundMarks, type MarksQuery, toFirstKnown, toLocationMarks, toUnknownSpan, type KeptMark } from '../marks.ts';
import { levelMs, planBuckets, toPointHistory, type BucketPlan } from '../buckets.ts';
import { addRollUps, toRollUp, type RollUp } from '../roll-up.ts';
import { createRolling } from './create-rolling.ts';
import { cutSpans, toPastSamples } from '../simulated-past.ts';
import { openHistoryDatabase } from './history-schema.ts';
import { createRetention } from './history-retention.ts';
import { RawSamples, type DoubledSamples } from './raw-samples.ts';

/** The number under which the gaps of all points are kept; points themselves are numbered from 1. */
const wholeHub = 0;

/**
 * A batch is committed when so much time of the log has passed since the last commit, or so many samples have come together. Each
 * point has pages of its own: to write them once in a while instead of at every batch is most of what the history saves a disk.
 * What is not committed is read from the log again after a kill.
 */
const commitEveryMs = 1_800_000;
const maxUncommitted = 200_000;
/** After an error SQLite may have lost all that was not committed: so many batches are then committed one by one. */
const cautiousBatches = 500;

/**
 * Opens the history in a SQLite file of its own, beside the log that has the samples. Its calls answer at once and may take a while:
 * it belongs in a thread that nobody waits for.
 *
 * @throws Fault `store/newer`; what SQLite says when the file cannot be read.
 */
export const openSqliteHistory = (path: string, samples: SampleSource): History & { readonly database: DatabaseSync } =>
  new SqliteHistory(path, samples);

class SqliteHistory implements History {
  readonly #sql: HistoryStatements;
  readonly #numbers: Map<PointId, number>;
  readonly database: DatabaseSync;
  readonly retain: History['retain'];
  readonly #raw: RawSamples;
  readonly #log: SampleSource;
  /** The uptime of the newest entry that is committed. */
  #committedUp: number | null;
  #uncommitted = 0;
  #cautious = 0;

  constructor(path: string, log: SampleSource) {
    this.database = openHistoryDatabase(path);
    this.#sql = prepareHistory(this.database);
    this.#numbers = new Map<PointId, number>(this.#sql.points.all().map(({ n, id }) => [String(id), Number(n)]));
    this.#log = log;
    this.#raw = new RawSamples(this.database, log, this.#numbers);
    this.#committedUp = (this.#fact('cursor') as HistoryCursor | null)?.up ?? null;
    const retain = createRetention(this.database, {
      rawFrom: () => this.#time('rawFrom') ?? -Infinity,
      setRawFrom: (at) => this.#setFact('rawFrom', at),
      setAgedFrom: (at) => this.#setFact('agedFrom', Math.max(at, this.#time('agedFrom') ?? -Infinity)),
      setMinuteFrom: (at) => this.#setFact('minuteFrom', Math.max(at, this.#time('minuteFrom') ?? -Infinity)),
      transact: (work) => this.#transact(work),
    });
    this.retain = (limits, now) => {
      const kept = retain(limits, now);
      this.#commit();
      return kept;
    };
  }

  load(): Later<HistoryState> {
    return {
      cursor: this.#fact('cursor') as HistoryCursor | null,
      openGaps: this.#sql.openGaps.all().map(({ id }) => String(id)),
      openSpans: this.#sql.openSpans.all().map((row) => ({ device: String(row['device']), span: toSpan(row) })),
      openAlarms: this.#sql.openAlarms.all().map(({ alarm }) => String(alarm)),
    };
  }

  write(batch: HistoryBatch): Later<void> {
    this.#write(batch);
    const { cursor, samples } = batch;
    this.#uncommitted += samples.length;
    this.#committedUp ??= cursor.up;
    const sinceCommit = cursor.up - this.#committedUp;
    const isDue = this.#cautious > 0 || sinceCommit < 0 || sinceCommit >= commitEveryMs || this.#uncommitted >= maxUncommitted;
    this.#cautious = Math.max(0, this.#cautious - 1);
    if (isDue) this.#commit();
  }

  #write({ cursor, samples, gaps, spans, marks }: HistoryBatch): void {
    this.#transact(() => {
      if (this.#fact('marksFrom') === null)
        this.#setFact('marksFrom', (this.#fact('cursor') as HistoryCursor | null)?.at ?? toFirstKnown({ cursor, samples, marks }));
      if (this.#fact('begins') === null)
        this.#setFact(
          'begins',
          samples.reduce((first, { at }) => Math.min(first, at), cursor.at),
        );
      this.#rollUp(this.#toUncounted(samples, cursor));
      for (const gap of gaps) {
        if (gap.kind === 'past') this.#sql.addGap.run(wholeHub, gap.from, gap.to, JSON.stringify(gap.why));
        else if (gap.kind === 'open') this.#sql.addGap.run(this.#toNumber(gap.point), gap.from, null, JSON.stringify(gap.why));
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
    this.#transact(() => {
      if (isForeign) {
        // What this log has of the time before has been counted already, and what it does not have is known by minutes and hours.
        this.#setFact('countedTo', cursor.at);
        this.#setFact('loggedFrom', this.#log.reach()?.at ?? cursor.at);
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
    this.#commit();
  }

  removeDoubled(log: LogEntries): Later<{ readonly isMore: boolean }> {
    const doubled = this.#fact('doubled') as DoubledSamples | null;
    if (doubled === null) return { isMore: false };
    const left = this.#transact(() => {
      const rest = this.#raw.removeDoubled(doubled, log);
      this.#setFact('doubled', rest);
      return rest;
    });
    this.#uncommitted += (left?.next ?? doubled.to) - doubled.next;
    if (left === null || this.#uncommitted >= maxUncommitted) this.#commit();
    return { isMore: left !== null };
  }

  pointHistory({ id, from, to, buckets }: Stretch & { readonly id: PointId; readonly buckets: number }): Later<PointHistory | null> {
    const n = this.#numbers.get(id);
    if (n === undefined) return null;
    const { at: loggedFrom, isWhole } = this.#log.reach() ?? { at: 0, isWhole: true };
    const rawFrom = Math.max(
      this.#time('rawFrom') ?? -Infinity,
      this.#time('loggedFrom') ?? -Infinity,
      this.#time('agedFrom') ?? -Infinity,
      isWhole ? -Infinity : loggedFrom,
    );
    const plan = planBuckets({ from, to, buckets, rawFrom, minuteFrom: this.#time('minuteFrom') ?? -Infinity });
    const found = plan.level === 'raw' ? this.#toRawBuckets(id, plan, to) : this.#readBuckets(n, plan, plan.level, to);
    return toPointHistory({ id, from, to }, plan, found, this.#gapsIn(n, { from, to }));
  }

  #readBuckets(n: number, plan: BucketPlan, level: 'minute' | 'hour', to: number): ReadonlyMap<number, RollUp> {
    const rows = asRows(this.#sql[level].read.all(plan.start, plan.bucketMs, n, plan.start, to));
    return new Map(rows.map((row) => [Number(row[0]), toRow(row)]));
  }

  #toRawBuckets(point: PointId, { start, bucketMs }: BucketPlan, to: number): ReadonlyMap<number, RollUp> {
    const found = new Map<number, RollUp>();
    for (const { at, lsn, v, q } of this.#raw.read({ point, from: start, to, after: null, limit: Infinity })) {
      const bucket = Math.floor((at - start) / bucketMs);
      const before = found.get(bucket);
      const one = toRollUp({ v, q, isSimulated: lsn === 0 });
      found.set(bucket, before === undefined ? one : addRollUps(before, one));
    }
    return found;
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
    const agedFrom = this.#time('agedFrom') ?? from;
    const found = this.#raw.read({ point: id, from: Math.max(from, agedFrom), to, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      samples: page.map(({ at, lsn, v, q }) => ({
        at,
        v,
        q,
        why: v === null ? toReason(this.#sql.whyMissing.get(n, at)?.['why']) : null,
        isSimulated: lsn === 0 || q === 'simulated',
      })),
      next: last === undefined || found.length <= limit ? null : { at: last.at, lsn: last.lsn },
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
    const answer = this.#importPast(past);
    this.#commit();
    return answer;
  }

  #importPast(past: SimulatedPast): SimulatedPastAnswer {
    return this.#transact(() => {
      const begins = this.#time('begins');
      const before = begins ?? Infinity;
      const rawFrom = this.#time('rawFrom') ?? -Infinity;
      const told = toPastSamples(past.samples, before).filter(({ at }) => at >= rawFrom);
      let [samples, from, to] = [0, this.#time('simulatedFrom'), this.#time('simulatedTo')];
      const added = told.map((sample) => ({ ...sample, lsn: 0 })).filter((sample) => this.#raw.add(this.#toNumber(sample.point), sample));
      this.#rollUp(added);
      for (const { point, at, gap } of added) {
        samples += 1;
        from = Math.min(at, from ?? at);
        to = Math.max(at, to ?? at);
        if (gap !== null) this.#sql.addGap.run(this.#toNumber(point), gap.from, gap.to, JSON.stringify(gap.why));
      }
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
    try {
      this.#commit();
    } finally {
      this.database.close();
    }
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

  /** All of it or nothing becomes part of the transaction that `#commit` ends. */
  #transact<T>(work: () => T): T {
    this.database.exec(this.database.isTransaction ? 'SAVEPOINT step' : 'BEGIN IMMEDIATE; SAVEPOINT step');
    try {
      const result = work();
      this.database.exec('RELEASE step');
      return result;
    } catch (error) {
      // SQLite itself may have rolled back all of it when the disk was full; what was not committed is then read again. A point
      // that was numbered meanwhile has no number now.
      if (this.database.isTransaction) this.database.exec('ROLLBACK TO step; RELEASE step');
      this.#cautious = cautiousBatches;
      this.#numbers.clear();
      for (const { n, id } of this.#sql.points.all()) this.#numbers.set(String(id), Number(n));
      throw error;
    }
  }

  #commit(): void {
    if (this.database.isTransaction) this.database.exec('COMMIT');
    this.#uncommitted = 0;
    this.#committedUp = (this.#fact('cursor') as HistoryCursor | null)?.up ?? null;
  }

  /** The samples that were not counted before the log was replaced by another one. */
  #toUncounted(samples: readonly Sample[], cursor: HistoryCursor): readonly Sample[] {
    const countedTo = this.#time('countedTo');
    if (countedTo === null) return samples;
    if (cursor.at > countedTo) this.#setFact('countedTo', null);
    return samples.filter(({ at }) => at > countedTo);
  }

  #rollUp(samples: readonly (LoggedSample & { readonly point: PointId })[]): void {
    const rolling = { minute: createRolling(this.#sql.minute.add), hour: createRolling(this.#sql.hour.add) };
    for (const { point, at, lsn, v, q } of samples) {
      const n = this.#toNumber(point);
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

  #addMark({ alarm, at, until, lsn, endLsn, priority, text, why, by, about, locations, written, action }: KeptMark): void {
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
      why === null ? null : JSON.stringify(why),
    );
  }

  #gapsOf(n: number, { from, to }: Stretch): HistoryGap[] {
    const rows = asRows(this.#sql.gaps.all(n, from, to));
    const told = rows.slice(0, maxGaps).map(([since, until, why]) => ({
      from: Math.max(Number(since), from),
      to: Math.min(until === null ? to : Number(until), to),
      why: toReason(why) ?? reasonOf('history/not-kept'),
    }));
    const oldest = told.at(-1);
    if (rows.length > told.length && oldest !== undefined) told.push({ from, to: oldest.from, why: reasonOf('history/too-many-gaps') });
    return told.toReversed();
  }

  #gapsIn(n: number, stretch: Stretch): HistoryGap[] {
    return [...this.#gapsOf(wholeHub, stretch), ...(n === wholeHub ? [] : this.#gapsOf(n, stretch))];
  }
}
