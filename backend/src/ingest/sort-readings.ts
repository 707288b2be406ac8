import {
  isFault,
  Fault,
  reasonOf,
  type IngestFrame,
  type IngestReading,
  type LocationId,
  type PointId,
  type RefusedReading,
} from '@phloem/protocol';
import { toCanonicalUnit } from '@phloem/rules';
import { toStaleLimit, type SentValue } from '../field/readings/field-readings.ts';
import type { PointSpec, UnitConversion } from '../site/site.ts';

/** A point that a source sends. */
export type SentPoint = PointSpec & { readonly source: Extract<PointSpec['source'], { kind: 'ingest' }> };

/** Readings that were measured at one moment, by the wall clock. */
export type MeasuredValues = { readonly at: number; readonly values: ReadonlyMap<PointId, SentValue> };

/** What becomes of the readings of a message. */
export type SortedReadings = {
  /** Young enough to be shown and used, in the order in which they came. */
  readonly live: readonly MeasuredValues[];
  /** For the history alone: older than their point may be without turning stale, or older than what is known already. */
  readonly late: readonly MeasuredValues[];
  readonly refused: readonly RefusedReading[];
};

export type SortContext = {
  readonly source: string;
  /** The points that the source may send. */
  readonly points: ReadonlyMap<PointId, SentPoint>;
  /** Where the sender may send to; undefined for everywhere. */
  readonly locations: readonly LocationId[] | undefined;
  /** The wall clock of the hub. */
  readonly now: number;
  /** When the message reached this machine, at the earliest, by the same clock. */
  readonly arrived: number;
  /** When the newest live reading of a point was measured; `-Infinity` before the first. */
  readonly newest: (point: PointId) => number;
};

/** Clocks differ a little; what was measured later than this is a mistake. */
const aheadMs = 60_000;

const toConversion = ({ unit }: IngestReading, { quantity, source, id }: SentPoint): UnitConversion => {
  if (unit === undefined) return source;
  const found = toCanonicalUnit(unit, quantity);
  if (found === undefined) throw new Fault('ingest/unit', `${id} is a ${quantity}, which is not measured in ${unit}`);
  return found;
};

/** The value in the canonical unit of its point. What is out of its range is judged where all readings are. */
const toSentValue = (reading: IngestReading, point: SentPoint): SentValue => {
  const { v, why } = reading;
  const { factor, offset } = toConversion(reading, point);
  if (v === null) return { value: null, ...(why !== undefined && { why: reasonOf('reading/source-has-none', { said: why }) }) };
  if (why !== undefined) throw new Fault('ingest/value', `${point.id} has a value and a reason why it has none`);
  if (point.quantity === 'boolean') {
    if (typeof v !== 'boolean' && v !== 0 && v !== 1) throw new Fault('ingest/value', `${point.id} is true or false, and not ${v}`);
    return { value: Boolean(v) };
  }
  if (typeof v !== 'number' || !Number.isFinite(v)) throw new Fault('ingest/value', `${point.id} must be a number, and not ${v}`);
  return { value: factor === 1 && offset === 0 ? v : Number((v * factor + offset).toPrecision(12)) };
};

/** Pure: which readings are live, which are for the history alone, and which are refused. One that is refused stops no other. */
export const sortReadings = (frames: readonly IngestFrame[], context: SortContext): SortedReadings => {
  const { source, points, locations, now, arrived } = context;
  const refused: RefusedReading[] = [];
  const newest = new Map<PointId, number>();
  const judge = (id: PointId, reading: IngestReading, at: number): { readonly value: SentValue; readonly isLive: boolean } => {
    const point = points.get(id);
    if (point === undefined) throw new Fault('point/unknown', `the site does not declare ${id} for the source ${source}`);
    if (locations !== undefined && !locations.includes(point.location))
      throw new Fault('auth/forbidden', `the credential is not for ${point.location}`);
    if (at - now > aheadMs) throw new Fault('ingest/future', `${id} was measured ${Math.round((at - now) / 1000)} s after the hub's time`);
    const value = toSentValue(reading, point);
    const isLive = now - at <= toStaleLimit(point) && at >= (newest.get(id) ?? context.newest(id));
    if (isLive) newest.set(id, at);
    return { value, isLive };
  };
  const sorted = frames.map(({ at: said, readings }) => {
    const at = said ?? arrived;
    const values = { live: new Map<PointId, SentValue>(), late: new Map<PointId, SentValue>() };
    for (const [id, reading] of Object.entries(readings)) {
      try {
        const { value, isLive } = judge(id, reading, at);
        values[isLive ? 'live' : 'late'].set(id, value);
      } catch (error) {
        if (!isFault(error)) throw error;
        refused.push({ point: id, code: error.code, message: error.message.slice(0, 400) });
      }
    }
    return { at: Math.min(at, now), values };
  });
  const pick = (which: 'live' | 'late'): readonly MeasuredValues[] =>
    sorted.flatMap(({ at, values }) => (values[which].size === 0 ? [] : [{ at, values: values[which] }]));
  return { live: pick('live'), late: pick('late'), refused };
};
