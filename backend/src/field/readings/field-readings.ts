import { reasonOf, textReason, type EntryDraft, type PointId, type Reading, type Reason } from '@phloem/protocol';
import type { PointSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { toExceptionKind } from '../modbus/exceptions.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import type { ReadPoint } from '../poll/block-item.ts';
import { demonstration, noRecords, toCorrectedReading, type PointRecords } from './correct-reading.ts';
import { stepDaySums, type DaySum } from './day-sum.ts';
import { decodeRegister } from './register-codec.ts';
import { deriveReading, isInstant } from './derive.ts';
import { toRateFault, type Believed } from './rate-limit.ts';
import { stepTotal, toCounted, toCounterFacts, toTotalReading, type Counted } from './totaliser.ts';
import { toReading } from './to-reading.ts';

export type SensorDraft = Extract<EntryDraft, { kind: 'sensor' }>;

type Known = {
  readonly reading: Reading | null;
  readonly reportedAt: number;
  readonly isStale: boolean;
  readonly believed: Believed | null;
  /** How far its total has come, where it is one. */
  readonly counted?: Counted | undefined;
};

/** What is known of every point that is read from a register, and why the newest reads came to nothing. */
export type FieldReadings = {
  readonly points: ReadonlyMap<PointId, Known>;
  /** Why the newest read of a point brought nothing. */
  readonly failures: ReadonlyMap<PointId, Reason>;
  /** Sums over the day, by their point. */
  readonly sums: ReadonlyMap<PointId, DaySum>;
};

/** What a step has to know besides the poll: what people did to the points, and which day of the site it is. */
export type ReadingsContext = {
  readonly records: PointRecords;
  /** Milliseconds since 1970. */
  readonly at: () => number;
  /** The day of the site that a wall time falls in. */
  readonly toDay: (at: number) => string;
};

/** A value that a source has sent, in the canonical unit; null where its instrument has none, and why. */
export type SentValue = { readonly value: number | boolean | null; readonly why?: Reason | undefined };

export type ReadingsEvent =
  /** A source has sent readings that were measured so long ago. */
  | { readonly kind: 'sent'; readonly values: ReadonlyMap<PointId, SentValue>; readonly ageMs: number }
  /** `isSearching`: what was refused may still turn out to be readable in another way. */
  | { readonly kind: 'polled'; readonly block: PollBlock; readonly outcome: BusOutcome; readonly isSearching?: boolean }
  | { readonly kind: 'tick' };

export type ReadingsStep = { readonly state: FieldReadings; readonly drafts: readonly SensorDraft[] };

type StepContext = ReadingsContext & { readonly now: number };

/** A site of which nobody has calibrated anything, and on which it is always the same day. */
const untouched: ReadingsContext = { records: noRecords, at: () => 0, toDay: () => '' };

const shortestLimit = 5_000;
const missedIntervals = 3;

/** How long a point may go without a reading before it is stale. */
export const toStaleLimit = (point: Pick<PointSpec, 'intervalMs'>): number => Math.max(shortestLimit, missedIntervals * point.intervalMs);

/** It comes from outside: from a register, or from a source that sends it. */
const isMeasured = (point: PointSpec): boolean => point.source.kind !== 'derived';

/** Before the first read. A point that is never read turns stale like any other. */
export const startReadings = (site: Pick<Site, 'points'>, now: number): FieldReadings => ({
  points: new Map(
    site.points.filter(isMeasured).map((point) => [point.id, { reading: null, reportedAt: now, isStale: false, believed: null }]),
  ),
  failures: new Map(),
  sums: new Map(),
});

/** The readings as frames, one for each cluster, with what is derived from them. */
const toDrafts = (
  site: Pick<Site, 'points'>,
  news: ReadonlyMap<PointId, Reading>,
  sums: ReadonlyMap<PointId, Reading>,
  state: FieldReadings,
): readonly SensorDraft[] => {
  const lookUp = (id: PointId): Reading | undefined => news.get(id) ?? state.points.get(id)?.reading ?? undefined;
  const told: { point: PointSpec; reading: Reading }[] = [];
  for (const point of site.points) {
    const own = news.get(point.id) ?? sums.get(point.id);
    if (own !== undefined) told.push({ point, reading: own });
    else if (isInstant(point) && point.source.inputs.some((id) => news.has(id)))
      told.push({ point, reading: deriveReading(point, lookUp) });
  }
  const clusters = Map.groupBy(told, ({ point }) => `${point.location}/${point.cluster}`);
  return [...clusters.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { location, cluster } = first.point;
    const readings = Object.fromEntries(members.map(({ point, reading }) => [point.measurement, reading]));
    return [{ kind: 'sensor' as const, location, cluster, readings }];
  });
};

/** What a counter held, as its total. A meter out of use may be exchanged: what it counts until it is back is not counted. */
const toTotalKnown = (
  point: ReadPoint,
  { value, raw }: { readonly value: number | boolean; readonly raw: number | boolean },
  before: Known | undefined,
  isDemonstration: boolean,
  { now, at, records }: StepContext,
): Known => {
  const { register } = point.source;
  const facts = toCounterFacts(point, register.scale);
  const own = toReading(point, value, 'good');
  const known = { reportedAt: now, isStale: false, believed: null, counted: before?.counted };
  if (facts === null || own.v === null || typeof raw !== 'number') return { ...known, reading: own };
  const stored = known.counted === undefined ? records.stored(point.id) : null;
  const last = known.counted ?? (stored === null ? null : toCounted(stored, register, { now, at: at() }));
  const maintenance = records.correct(point.id)?.maintenance ?? null;
  if (maintenance !== null && last !== null) {
    const counted: Counted = { ...last, counter: raw, now };
    return { ...known, counted, reading: toTotalReading(counted, register, { q: 'maintenance', why: maintenance }) };
  }
  const { counted, why } = stepTotal(last, raw, now, facts);
  const quality = why !== null ? { q: 'uncertain' as const, why } : isDemonstration ? demonstrated : { q: 'good' as const };
  return { ...known, counted, reading: toTotalReading(counted, register, quality) };
};

const demonstrated = { q: 'simulated', why: demonstration } as const;

/** A value that was read, as the reading it makes: one that cannot follow the value before it is bad. */
const toKnown = (
  point: PointSpec,
  value: number | boolean,
  before: Known | undefined,
  isDemonstration: boolean,
  context: StepContext,
): Known => {
  const { now, records } = context;
  const correction = records.correct(point.id);
  const reading = toCorrectedReading(point, value, correction, isDemonstration);
  const believed = before?.believed ?? null;
  // Anyone who works on a probe moves it about: nothing is believed of it, and nothing held against it afterwards.
  if (typeof value !== 'number' || (correction?.maintenance !== undefined && correction.maintenance !== null)) {
    return { reading, reportedAt: now, isStale: false, believed: null };
  }
  const why = toRateFault(point, value, now, believed);
  if (why !== null) return { reading: { v: null, q: 'bad', why, raw: value }, reportedAt: now, isStale: false, believed };
  return { reading, reportedAt: now, isStale: false, believed: reading.v === null ? believed : { v: value, at: now } };
};

const readBlock = (
  block: PollBlock,
  outcome: BusOutcome,
  before: FieldReadings['points'],
  isDemonstration: boolean,
  context: StepContext,
): ReadonlyMap<PointId, Known> => {
  const { now } = context;
  const known = new Map<PointId, Known>();
  for (const item of block.items) {
    if (item.kind !== 'point') continue;
    const { id } = item.point;
    const earlier = before.get(id);
    const toBad = (reading: Reading): Known => ({
      reading,
      reportedAt: now,
      isStale: false,
      believed: earlier?.believed ?? null,
      counted: earlier?.counted,
    });
    if (outcome.kind === 'exception') {
      known.set(id, toBad({ v: null, q: 'bad', why: toRefusal(block, outcome.code) }));
    } else if (outcome.kind === 'words' || outcome.kind === 'bits') {
      const values: readonly (number | boolean)[] = outcome.values;
      const decoded = decodeRegister(item.register, values, block.address);
      known.set(
        id,
        decoded.kind === 'value'
          ? item.point.totalise === undefined
            ? toKnown(item.point, decoded.value, earlier, isDemonstration, context)
            : toTotalKnown(item.point, decoded, earlier, isDemonstration, context)
          : toBad({ v: null, q: 'bad', why: decoded.why, ...(decoded.raw === undefined ? {} : { raw: decoded.raw }) }),
      );
    }
  }
  return known;
};

/** What a source has sent counts from when it was measured: it turns stale by that, and may move by what has passed until then. */
const readSent = (
  site: Pick<Site, 'points' | 'isDemonstration'>,
  { values, ageMs }: Extract<ReadingsEvent, { kind: 'sent' }>,
  before: FieldReadings['points'],
  context: StepContext,
): ReadonlyMap<PointId, Known> => {
  const measured = { ...context, now: context.now - ageMs };
  const known = new Map<PointId, Known>();
  for (const point of site.points) {
    const sent = values.get(point.id);
    if (point.source.kind !== 'ingest' || sent === undefined) continue;
    const earlier = before.get(point.id);
    const { value, why = reasonOf('reading/source-has-none') } = sent;
    const bad: Known = {
      reading: { v: null, q: 'bad', why },
      reportedAt: measured.now,
      isStale: false,
      believed: earlier?.believed ?? null,
    };
    known.set(point.id, value === null ? bad : toKnown(point, value, earlier, site.isDemonstration, measured));
  }
  return known;
};

const toRefusal = ({ unit, function: fn, address, count }: PollBlock, exception: number): Reason =>
  reasonOf('reading/refused', { unit, exception, function: fn, address, count });

/** Why an outcome brings no reading at all; null when it brings one, be it a bad one. */
const toFailure = (outcome: BusOutcome): Reason | null => {
  if (outcome.kind === 'failed') return textReason(outcome.why);
  if (outcome.kind !== 'exception') return null;
  const kind = toExceptionKind(outcome.code);
  return kind === 'configuration' || kind === 'device' ? null : reasonOf('bus/exception', { exception: outcome.code });
};

/** Frames and state after these news; the sums over the day go on with them. */
const tell = (
  site: Pick<Site, 'points'>,
  state: FieldReadings,
  known: ReadonlyMap<PointId, Known>,
  { now, records, at, toDay }: StepContext,
): ReadingsStep => {
  const points = new Map(state.points);
  const news = new Map<PointId, Reading>();
  for (const [id, one] of known) {
    points.set(id, one);
    if (one.reading !== null) news.set(id, one.reading);
  }
  const moment = (): { now: number; at: number; day: string } => {
    const wall = at();
    return { now, at: wall, day: toDay(wall) };
  };
  const { sums, readings } = stepDaySums(site.points, state.sums, news, {
    moment,
    toDay,
    total: (id) => records.total(id),
    madeUpTotal: (id) => records.madeUpTotal(id),
    toStaleLimit,
  });
  const next = { ...state, points, sums };
  return { state: next, drafts: toDrafts(site, news, readings, next) };
};

/** A tick makes stale what is overdue: reported once, and again only by the next reading. */
const tick = (site: Pick<Site, 'points'>, state: FieldReadings, context: StepContext): ReadingsStep => {
  const { now } = context;
  const overdue = new Map<PointId, Known>();
  for (const point of site.points) {
    const known = state.points.get(point.id);
    if (!isMeasured(point) || known === undefined || known.isStale) continue;
    const limit = toStaleLimit(point);
    if (now - known.reportedAt < limit) continue;
    const failure = state.failures.get(point.id);
    // How old it is grows while this stands: anyone who shows it says the age beside it.
    const why = reasonOf('reading/overdue', failure === undefined ? {} : { because: failure });
    overdue.set(point.id, { ...known, reading: { v: null, q: 'stale', why }, isStale: true });
  }
  return overdue.size === 0 ? { state, drafts: [] } : tell(site, state, overdue, context);
};

/** Pure: what a poll, or time alone, says of the points. Drafts are ready to be appended. */
export const stepReadings = (
  site: Pick<Site, 'points' | 'isDemonstration'>,
  state: FieldReadings,
  event: ReadingsEvent,
  now: number,
  { records, at, toDay }: ReadingsContext = untouched,
): ReadingsStep => {
  const context: StepContext = { now, records, at, toDay };
  if (event.kind === 'tick') return tick(site, state, context);
  if (event.kind === 'sent') return tell(site, state, readSent(site, event, state.points, context), context);
  const { block, outcome, isSearching = false } = event;
  // What is refused is asked more and more rarely: when its points turn stale, they still say why.
  const why = outcome.kind === 'exception' ? toRefusal(block, outcome.code) : toFailure(outcome);
  const failures = new Map(state.failures);
  for (const item of block.items) {
    if (item.kind !== 'point') continue;
    if (why === null) failures.delete(item.point.id);
    else failures.set(item.point.id, why);
  }
  if (isSearching || toFailure(outcome) !== null) return { state: { ...state, failures }, drafts: [] };
  const known = readBlock(block, outcome, state.points, site.isDemonstration, context);
  return tell(site, { ...state, failures }, known, context);
};
