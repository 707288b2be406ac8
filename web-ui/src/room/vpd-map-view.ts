import type { PointLayout, SetpointsAhead } from '@phloem/protocol';
import { toTickDecimals, toValueTicks, type Span } from '../chart/lane-scale.ts';
import { toNumberText } from '../format/format-value.ts';
import type { Columns } from '../history/columns.ts';
import { toFreshness } from '../points/freshness.ts';
import { toMedian } from '../points/median.ts';
import type { RoomMoment } from './room-source.ts';
import {
  assumedLeafOffset,
  toBand,
  toIsoLines,
  toMapFrame,
  toTail,
  toTargetArea,
  toVpd,
  type Climate,
  type ClimateProbe,
  type IsoLine,
  type MapFrame,
  type PastClimate,
} from './vpd-map.ts';

/** What the map is made from. */
export type VpdMapFacts = {
  readonly told: RoomMoment;
  readonly probes: readonly ClimateProbe[];
  readonly steered: SetpointsAhead | null;
  /** What is known of the last hours of a point; null without any. */
  readonly columnsOf: (layout: PointLayout) => Columns | null;
  /** Kelvin between leaf and air, as measured; null where no probe reports. */
  readonly leafOffset: number | null;
};

/** Everything that the map draws: places in °C and %, and its texts. */
export type VpdMapView = {
  readonly frame: MapFrame;
  readonly ticks: { readonly t: readonly Tick[]; readonly rh: readonly Tick[] };
  readonly lines: readonly IsoLine[];
  /** The target; null where the room has none. */
  readonly area: readonly Climate[] | null;
  /** The last hour in four pieces, oldest first. */
  readonly pieces: readonly (readonly PastClimate[])[];
  /** The probes with a current value. */
  readonly known: readonly (Climate & { readonly cluster: string })[];
  /** The median of the probes; null without a current value. */
  readonly middle: Climate | null;
  readonly words: string;
  readonly legend: string;
};

/** A value of a scale with its text. */
type Tick = { readonly value: number; readonly text: string };

const hour = 3_600_000;
const isoSteps = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 2, 2.5, 3] as const;

/** Makes the map of a room's climate. Pure. */
export const toVpdMapView = ({ told, probes, steered, columnsOf, leafOffset }: VpdMapFacts): VpdMapView => {
  const offset = leafOffset ?? assumedLeafOffset;
  const known = toKnownClimates(told, probes);
  const middle = known.length === 0 ? null : { t: toMedian(known.map(({ t }) => t)), rh: toMedian(known.map(({ rh }) => rh)) };
  const tail = toLastHour(probes[0], columnsOf, told.at);
  const band = toBand(steered, 'temperature');
  const frame = toSteadyFrame(toMapFrame([...known, ...tail], band));
  const area = toTargetArea(band, toBand(steered, 'vapour_pressure_deficit'), frame, offset);
  return {
    frame,
    ticks: { t: toTicks(frame.t, 6), rh: toTicks(frame.rh, 5) },
    lines: toIsoLines(frame, offset, isoSteps),
    area,
    pieces: toPieces(tail, 4),
    known,
    middle,
    words: middle === null ? 'no temperature and humidity available now' : toWords(middle, offset, known.length, probes.length),
    legend: toLegend(leafOffset, { isSimulated: tail.some(({ isSimulated }) => isSimulated), hasTarget: area !== null }),
  };
};

/** Where each probe says the room is; a probe without current values is left out. */
const toKnownClimates = ({ state, up }: RoomMoment, probes: readonly ClimateProbe[]): VpdMapView['known'] => {
  const read = (layout: PointLayout): number => {
    const point = state.points.get(layout.id);
    if (point === undefined || typeof point.v !== 'number') return Number.NaN;
    const ageMs = point.reported === null ? null : up - point.reported;
    return ['fresh', 'late'].includes(toFreshness(point, ageMs, layout.intervalMs)) ? point.v : Number.NaN;
  };
  return probes
    .map(({ cluster, temperature, humidity }) => ({ cluster, t: read(temperature), rh: read(humidity) }))
    .filter(({ t, rh }) => !Number.isNaN(t) && !Number.isNaN(rh));
};

const toLastHour = (probe: ClimateProbe | undefined, columnsOf: VpdMapFacts['columnsOf'], at: number): readonly PastClimate[] => {
  if (probe === undefined) return [];
  const temperature = columnsOf(probe.temperature);
  const humidity = columnsOf(probe.humidity);
  return temperature === null || humidity === null ? [] : toTail(temperature, humidity, at - hour);
};

/** Rounded, so that the map stays still while the room moves a little. */
const toSteadyFrame = ({ t, rh }: MapFrame): MapFrame => {
  const wide = toRounded(rh, 10);
  return { t: toRounded(t, 2), rh: { low: Math.max(0, wide.low), high: Math.min(100, wide.high) } };
};

const toRounded = ({ low, high }: Span, step: number): Span => ({
  low: Math.floor(low / step) * step,
  high: Math.ceil(high / step) * step,
});

const toTicks = (span: Span, most: number): readonly Tick[] => {
  const values = toValueTicks(span, most);
  const decimals = toTickDecimals(values);
  return values.map((value) => ({ value, text: toNumberText(value, decimals) }));
};

/** Cuts a path into pieces of the same length; each begins where the one before it ends. */
const toPieces = <T>(path: readonly T[], count: number): readonly (readonly T[])[] =>
  Array.from({ length: count }, (_, piece) =>
    path.slice(Math.floor((path.length * piece) / count), Math.floor((path.length * (piece + 1)) / count) + 1),
  );

const toWords = (middle: Climate, offset: number, known: number, all: number): string =>
  `${toNumberText(middle.t, 1)} °C, ${toNumberText(middle.rh, 1)} % relative humidity, VPD ${toNumberText(toVpd(middle, offset), 2)} kPa, by ${known} of ${all} probes`;

const toLegend = (leafOffset: number | null, { isSimulated, hasTarget }: { isSimulated: boolean; hasTarget: boolean }): string => {
  const leaf =
    leafOffset === null
      ? `leaf assumed ${toNumberText(Math.abs(assumedLeafOffset), 1)} K cooler than the air`
      : `leaf measured ${toNumberText(leafOffset, 1)} K from the air`;
  const tail = `tail: last hour${isSimulated ? ' (dotted: simulated)' : ''}`;
  return `Lines: VPD at the leaf in kPa, ${leaf}. Ring: median of the probes, crosses: each probe, ${tail}${hasTarget ? ', tint: target' : ''}.`;
};
