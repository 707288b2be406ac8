import type { AlarmStatus, PointLayout, PointState, Quantity, SetpointAhead, SetpointsAhead } from '@phloem/protocol';
import { toLimitBreach, type LimitBreach } from '../points/limit-breach.ts';
import { toNumberText } from '../format/format-value.ts';
import { neverReceived, type PointView } from '../points/point-view.ts';
import { toRangeBar, type RangeBar } from '../points/range-bar.ts';
import { toWanted } from '../setpoints/moved.ts';

/** One line of a room's tile: what is measured there first of all, and how it stands to what is wanted. */
export type TileRow = {
  readonly key: string;
  readonly point: PointView;
  /** `VPD`, `CO₂`; empty where the unit says it. */
  readonly label: string;
  /** Said when the first probe is no news and another one stands in for it. */
  readonly instead: string;
  /** The set-point now: `26.0`; empty without one. */
  readonly setpoint: string;
  /** What its schedule alone would want, where an offset has moved it: `26.0`; empty otherwise. */
  readonly base: string;
  readonly setpointSteps: SetpointAhead['steps'];
  /** The band that the value is meant to be in; null without one. */
  readonly band: SetpointAhead['target'];
  readonly bar: RangeBar | null;
  /** The alarm of its limit that is active, of a value that is news. */
  readonly breach: LimitBreach | null;
};

/** A point with all that is known of it. */
export type KnownPoint = { readonly layout: PointLayout; readonly state: PointState | undefined; readonly view: PointView };

type Headline = { readonly quantity: Quantity; readonly label: string; readonly names: RegExp };

/** What a room is known by, in the order of its lines. A leaf's or a surface's temperature is not the room's. */
const headlines: readonly Headline[] = [
  { quantity: 'temperature', label: '', names: /^(air_)?temperature/ },
  { quantity: 'vapour_pressure_deficit', label: 'VPD', names: /./ },
  { quantity: 'relative_humidity', label: 'RH', names: /./ },
  { quantity: 'mole_fraction', label: 'CO₂', names: /./ },
  { quantity: 'daily_light_integral', label: 'DLI', names: /./ },
];
const mostRows = 4;
const mostOthers = 3;

/** The lines of a room, each always of the same kind and in the same place. */
export const toTileRows = (
  points: readonly KnownPoint[],
  steered: SetpointsAhead | undefined,
  alarms: ReadonlyMap<string, AlarmStatus>,
  at: number,
): readonly TileRow[] => {
  const facts: RowFacts = { steered, alarms, at };
  const hasVpd = points.some(({ layout }) => layout.quantity === 'vapour_pressure_deficit');
  const known = headlines
    .filter(({ quantity }) => !(hasVpd && quantity === 'relative_humidity'))
    .flatMap((headline) => {
      const own = points.filter(({ layout }) => layout.quantity === headline.quantity && headline.names.test(toMeasurement(layout)));
      return own.length === 0 ? [] : [toRow(headline.quantity, headline.label, toLedBySetpoint(own, steered), facts)];
    });
  if (known.length > 0) return known.slice(0, mostRows);
  const others = points.filter(({ layout }) => layout.quantity !== 'boolean').slice(0, mostOthers);
  return others.map((point) => toRow(point.layout.id, point.view.title, [point], facts));
};

/** Those that the room is steered by come first. */
const toLedBySetpoint = (points: readonly KnownPoint[], steered: SetpointsAhead | undefined): readonly KnownPoint[] => {
  const led = new Set(steered?.setpoints.flatMap((setpoint) => setpoint.points) ?? []);
  return [...points.filter(({ layout }) => led.has(layout.id)), ...points.filter(({ layout }) => !led.has(layout.id))];
};

/** What the lines of one room are held against. */
type RowFacts = {
  readonly steered: SetpointsAhead | undefined;
  readonly alarms: ReadonlyMap<string, AlarmStatus>;
  readonly at: number;
};

const toRow = (key: string, label: string, candidates: readonly KnownPoint[], { steered, alarms, at }: RowFacts): TileRow => {
  const [first] = candidates;
  const shown = candidates.find(({ view }) => isNews(view)) ?? first;
  if (first === undefined || shown === undefined) throw new Error('a line of a tile has a point');
  const { layout, state, view } = shown;
  const setpoint = steered?.setpoints.find((one) => one.quantity === layout.quantity && one.points.includes(layout.id));
  const wanted = setpoint === undefined ? null : toWanted(setpoint, at);
  const value = view.freshness === 'bad' || typeof state?.v !== 'number' ? null : state.v;
  const breach = setpoint === undefined || !isNews(view) ? null : toLimitBreach(setpoint.name, alarms);
  const bar = toRangeBar({
    value,
    range: layout.range,
    target: setpoint?.target ?? null,
    alarm: setpoint?.alarm ?? null,
    setpoint: wanted?.value ?? null,
    breach,
  });
  return {
    key,
    point: view,
    label,
    instead:
      shown === first
        ? ''
        : `${first.view.cluster.replaceAll('_', ' ')} ${first.view.freshness}, this is ${view.cluster.replaceAll('_', ' ')}`,
    setpoint: wanted === null ? '' : toNumberText(wanted.value, layout.decimals),
    base: wanted === null || wanted.base === null ? '' : toNumberText(wanted.base, layout.decimals),
    setpointSteps: setpoint?.steps ?? [],
    band: setpoint?.target ?? null,
    bar,
    breach,
  };
};

/** What a line says in place of its range, because the number is none to go by; empty when it is. */
export const toRowNote = ({ point, instead }: TileRow): string => {
  if (instead !== '') return instead;
  if (point.age === '') return neverReceived;
  if (point.freshness === 'bad') return point.note;
  if (point.freshness === 'stale' || point.freshness === 'dead') return [`${point.age} old`, point.note].filter(Boolean).join(' · ');
  return '';
};

/** One quiet word beside a number that is news but not simply good: `uncertain`. The reason is on the room's page. */
export const toQualityWord = ({ point }: TileRow): string =>
  isNews(point) && point.quality !== 'good' && point.quality !== 'none' ? point.quality : '';

const isNews = ({ freshness }: PointView): boolean => freshness === 'fresh' || freshness === 'late';

const toMeasurement = ({ id }: PointLayout): string => id.slice(id.lastIndexOf('/') + 1);
