import { toPointId, type PointId, type Quality } from '@phloem/protocol';
import { toSamples, type LoggedSample } from '../samples/entry-samples.ts';
import { toEntry } from '../decode-rows.ts';
import { toOwnTime } from './column-table.ts';
import type { OpenShape, Segment } from './open-segment.ts';
import { SegmentDamage } from './segment-format.ts';
import { placeholder, toReadingsGroup } from './shape.ts';

/** A value in a shape: the same in each of its entries, or the next number of a column. */
type Place = { readonly kind: 'same'; readonly value: number | null } | { readonly kind: 'column'; readonly column: number };

/** What the entries of a shape say of a point; `steps` are the columns of which each entry takes a number. */
type PointShape = {
  readonly v: Place | null;
  readonly q: Quality;
  readonly ownTime: Place | null;
  readonly measured: Place | null;
  readonly steps: readonly number[];
};

/** The samples of a point in a segment, in the order of the log. Only the columns of its cluster are decoded. */
export function readPointSamples(segment: Segment, point: PointId): readonly LoggedSample[] {
  const [location = '', cluster = '', measurement = ''] = point.split('/');
  const group = toReadingsGroup(location, cluster);
  const shapes = segment.shapes().map((shape) => (shape.group === group ? toPointShape(shape, measurement) : null));
  const texts = readTexts(segment, point);
  if (shapes.every((shape) => shape === null)) return texts;
  const found: LoggedSample[] = [...texts];
  const [at, up, ids] = [segment.at(), segment.up(), segment.shapeIds()];
  const columns = new Map<number, Float64Array>();
  for (const shape of shapes) for (const index of shape?.steps ?? []) columns.set(index, segment.column(index));
  const next = new Uint32Array(segment.footer.columns.length);
  const take = (place: Place): number | null =>
    place.kind === 'same' ? place.value : (columns.get(place.column)?.[next[place.column] ?? 0] ?? null);
  for (let index = 0; index < ids.length; index += 1) {
    const shape = shapes[(ids[index] ?? 0) - 1];
    if (shape === null || shape === undefined) continue;
    if (shape.v !== null) {
      const times = { at: at[index] ?? 0, up: up[index] ?? 0 };
      found.push({ at: toTime(shape, times, take), lsn: segment.footer.first + index, v: take(shape.v), q: shape.q });
    }
    for (const column of shape.steps) next[column] = (next[column] ?? 0) + 1;
  }
  return texts.length === 0 ? found : found.toSorted((a, b) => a.lsn - b.lsn);
}

function toTime(
  { ownTime, measured }: PointShape,
  times: { readonly at: number; readonly up: number },
  take: (place: Place) => number | null,
): number {
  if (measured !== null) return Math.round(take(measured) ?? times.at);
  if (ownTime === null) return times.at;
  const stored = take(ownTime) ?? 0;
  return toOwnTime(times, ownTime.kind === 'column' ? times.up - stored : stored);
}

/** What a shape says of a measurement of its cluster. */
function toPointShape(shape: OpenShape, measurement: string): PointShape {
  const slots = new Map(shape.paths.map((path, index) => [path, shape.columns[index] ?? -1]));
  const entry = JSON.parse(shape.text.replaceAll(placeholder, '0')) as {
    readonly measured?: number;
    readonly readings: Readonly<
      Record<string, { readonly v: number | boolean | null; readonly q: Quality; readonly t?: number } | undefined>
    >;
  };
  const toPlace = (path: string, value: number | boolean | null | undefined): Place | null => {
    const column = slots.get(path);
    if (column !== undefined) return { kind: 'column', column };
    return value === undefined ? null : { kind: 'same', value: value === null ? null : Number(value) };
  };
  const reading = Object.hasOwn(entry.readings, measurement) ? entry.readings[measurement] : undefined;
  const path = `readings.${measurement}`;
  return {
    v: reading === undefined ? null : toPlace(`${path}.v`, reading.v),
    q: reading?.q ?? 'bad',
    ownTime: toPlace(`${path}.t`, reading?.t),
    measured: toPlace('measured', entry.measured),
    steps: [`${path}.v`, `${path}.t`, 'measured'].flatMap((each) => slots.get(each) ?? []),
  };
}

/** Readings whose text could not be taken apart are kept as a text. */
function readTexts(segment: Segment, point: PointId): readonly LoggedSample[] {
  const text = segment.text();
  if (!text.includes('"readings":')) return [];
  const [ids, texts, found] = [segment.shapeIds(), text.split('\n'), [] as LoggedSample[]];
  let next = 0;
  ids.forEach((id, index) => {
    if (id !== 0) return;
    const body = texts[next] ?? '';
    next += 1;
    if (!body.includes('"readings":')) return;
    const row = { lsn: segment.footer.first + index, at: segment.at()[index] ?? 0, up: segment.up()[index] ?? 0, offset: 0, body };
    for (const sample of tryDecode(() => toSamples(toEntry(row)))) {
      if (sample.point === point) found.push({ at: sample.at, lsn: sample.lsn, v: sample.v, q: sample.q });
    }
  });
  return found;
}

function tryDecode<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SegmentDamage('an entry is no JSON text', { cause: error });
  }
}

/** The points that have a reading in the columns of a segment. */
export function listPoints(segment: Segment): readonly PointId[] {
  const found = new Set<PointId>();
  for (const { text, readings } of segment.shapes()) {
    if (readings === 0) continue;
    const entry = JSON.parse(text.replaceAll(placeholder, '0')) as {
      readonly location: string;
      readonly cluster: string;
      readonly readings: object;
    };
    for (const measurement of Object.keys(entry.readings)) found.add(toPointId(entry.location, entry.cluster, measurement));
  }
  return [...found];
}
