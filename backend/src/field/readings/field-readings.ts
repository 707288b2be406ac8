import type { EntryDraft, PointId, Reading } from '@phloem/protocol';
import type { PointSpec, Site } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-state.ts';
import { toExceptionKind, toExceptionWords } from '../modbus/exceptions.ts';
import type { PollBlock, ReadPoint } from '../poll/block-plan.ts';
import { decodeRegister } from './register-codec.ts';
import { deriveReading, type DerivedPoint } from './derive.ts';
import { toReading } from './to-reading.ts';

export type SensorDraft = Extract<EntryDraft, { kind: 'sensor' }>;

type Known = { readonly reading: Reading | null; readonly reportedAt: number; readonly isStale: boolean };

/** What is known of every point that is read from a register, and why the newest reads of a unit came to nothing. */
export type FieldReadings = {
  readonly points: ReadonlyMap<PointId, Known>;
  /** By `bus unit`. */
  readonly failures: ReadonlyMap<string, string>;
};

export type ReadingsEvent =
  | { readonly type: 'polled'; readonly block: PollBlock; readonly outcome: BusOutcome }
  | { readonly type: 'tick' };

export type ReadingsStep = { readonly state: FieldReadings; readonly drafts: readonly SensorDraft[] };

const shortestLimit = 5_000;
const missedIntervals = 3;

/** How long a point may go without a reading before it is stale. */
export const toStaleLimit = (point: Pick<PointSpec, 'intervalMs'>): number => Math.max(shortestLimit, missedIntervals * point.intervalMs);

const isRead = (point: PointSpec): point is ReadPoint => point.source.kind === 'register';
const isDerived = (point: PointSpec): point is DerivedPoint => point.source.kind === 'derived';
const toUnitKey = ({ bus, unit }: { readonly bus: string; readonly unit: number }): string => `${bus} ${unit}`;

/** Before the first read. A point that is never read turns stale like any other. */
export const startReadings = (site: Pick<Site, 'points'>, now: number): FieldReadings => ({
  points: new Map(site.points.filter(isRead).map((point) => [point.id, { reading: null, reportedAt: now, isStale: false }])),
  failures: new Map(),
});

/** The readings as frames, one for each cluster, with what is derived from them. */
const toDrafts = (site: Pick<Site, 'points'>, news: ReadonlyMap<PointId, Reading>, state: FieldReadings): readonly SensorDraft[] => {
  const lookUp = (id: PointId): Reading | undefined => news.get(id) ?? state.points.get(id)?.reading ?? undefined;
  const told: { point: PointSpec; reading: Reading }[] = [];
  for (const point of site.points) {
    const own = news.get(point.id);
    if (own !== undefined) told.push({ point, reading: own });
    else if (isDerived(point) && point.source.inputs.some((id) => news.has(id)))
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

const readBlock = (block: PollBlock, outcome: BusOutcome, isDemonstration: boolean): ReadonlyMap<PointId, Reading> => {
  const readings = new Map<PointId, Reading>();
  for (const item of block.items) {
    if (item.kind !== 'point') continue;
    if (outcome.kind === 'exception') {
      const why = `unit ${block.unit} refuses to be read, ${toExceptionWords(outcome.code)}`;
      readings.set(item.point.id, { v: null, q: 'bad', why });
    } else if (outcome.kind === 'words' || outcome.kind === 'bits') {
      const values: readonly (number | boolean)[] = outcome.values;
      const decoded = decodeRegister(item.register, values.slice(item.register.address - block.address));
      const reading: Reading =
        decoded.kind === 'value'
          ? isDemonstration
            ? toReading(item.point, decoded.value, 'simulated', 'a demonstration')
            : toReading(item.point, decoded.value, 'good')
          : { v: null, q: 'bad', why: decoded.why, ...(decoded.raw === undefined ? {} : { raw: decoded.raw }) };
      readings.set(item.point.id, reading);
    }
  }
  return readings;
};

/** Why an outcome brings no reading at all; null when it brings one, be it a bad one. */
const toFailure = (outcome: BusOutcome): string | null => {
  if (outcome.kind === 'failed') return outcome.why;
  if (outcome.kind !== 'exception') return null;
  const kind = toExceptionKind(outcome.code);
  return kind === 'configuration' || kind === 'device' ? null : toExceptionWords(outcome.code);
};

/** A tick makes stale what is overdue: told once, and again only by the next reading. */
const tick = (site: Pick<Site, 'points'>, state: FieldReadings, now: number): ReadingsStep => {
  const news = new Map<PointId, Reading>();
  for (const point of site.points) {
    const known = state.points.get(point.id);
    if (!isRead(point) || known === undefined || known.isStale) continue;
    const limit = toStaleLimit(point);
    if (now - known.reportedAt < limit) continue;
    const failure = state.failures.get(toUnitKey(point.source));
    const why = `no reading for ${Math.round(limit / 1000)} s${failure === undefined ? '' : `: ${failure}`}`;
    news.set(point.id, { v: null, q: 'stale', why: why.slice(0, 200) });
  }
  if (news.size === 0) return { state, drafts: [] };
  const points = new Map(state.points);
  for (const [id, reading] of news) points.set(id, { reading, reportedAt: state.points.get(id)?.reportedAt ?? now, isStale: true });
  const next = { ...state, points };
  return { state: next, drafts: toDrafts(site, news, next) };
};

/** Pure: what a poll, or time alone, says of the points. Drafts are ready to be appended. */
export const stepReadings = (
  site: Pick<Site, 'points' | 'isDemonstration'>,
  state: FieldReadings,
  event: ReadingsEvent,
  now: number,
): ReadingsStep => {
  if (event.type === 'tick') return tick(site, state, now);
  const { block, outcome } = event;
  const failure = toFailure(outcome);
  const failures = new Map(state.failures);
  if (failure !== null) return { state: { ...state, failures: failures.set(toUnitKey(block), failure) }, drafts: [] };
  // A unit that refuses is asked more and more rarely: when its points turn stale, they still say why.
  if (outcome.kind === 'exception') failures.set(toUnitKey(block), toExceptionWords(outcome.code));
  else failures.delete(toUnitKey(block));
  const news = readBlock(block, outcome, site.isDemonstration);
  const points = new Map(state.points);
  for (const [id, reading] of news) points.set(id, { reading, reportedAt: now, isStale: false });
  const next: FieldReadings = { points, failures };
  return { state: next, drafts: toDrafts(site, news, next) };
};
