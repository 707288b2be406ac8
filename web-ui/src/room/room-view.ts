import type { ReasonPlace } from '../why/plain-reason.ts';
import type { AlarmStatus, LocationId, PointId, PointLayout, PointState, Quantity, SetpointAhead, SetpointsAhead } from '@phloem/protocol';
import { toLimitBreach, type LimitBreach } from '../points/limit-breach.ts';
import type { Columns } from '../history/columns.ts';
import { toNumberText } from '../format/format-value.ts';
import { toPointView, type PointView } from '../points/point-view.ts';
import { rangeWords, toRangeBar, type RangeBar } from '../points/range-bar.ts';
import { toWanted } from '../setpoints/moved.ts';
import type { PanelState } from '../state/panel-state.ts';
import { toRate, type Rate } from './rate-of-change.ts';

/** One row of a room: a point, how it moves, and how it stands to its limits. */
export type InstrumentView = {
  readonly point: PointView;
  readonly layout: PointLayout;
  readonly rate: Rate | null;
  readonly bar: RangeBar | null;
  readonly setpoint: string;
  /** What its schedule alone would want, where an offset has moved it; empty otherwise. */
  readonly base: string;
  /** The set-point's name; empty where it is read for none. */
  readonly setpointName: string;
  /** How it stands to its limits, in words: `above its alarm limit`. */
  readonly standing: string;
  /** The alarm of its limit that is active, of a value that is news. */
  readonly breach: LimitBreach | null;
};

/** The points of one cluster of a room. */
export type InstrumentGroup = { readonly id: string; readonly title: string; readonly instruments: readonly InstrumentView[] };

/** The moment of a view: the hub's running time and its wall clock. */
export type RoomNow = { readonly up: number; readonly at: number; readonly time: ReasonPlace['time'] };

/** The rows of a room, by cluster, in the order of the site. */
export const toInstrumentGroups = (
  state: PanelState,
  location: LocationId,
  now: RoomNow,
  columnsOf: (layout: PointLayout) => Columns | null,
): readonly InstrumentGroup[] => {
  const layouts = (state.site?.points ?? []).filter(({ id }) => id.startsWith(`${location}/`));
  const steered = state.setpoints.get(location) ?? null;
  return [...Map.groupBy(layouts, ({ id }) => id.split('/')[1] ?? '')].map(([id, own]) => ({
    id,
    title: id.replaceAll('_', ' '),
    instruments: own.map((layout) =>
      toInstrument(layout, state.points.get(layout.id), steered, { ...now, alarms: state.alarms }, columnsOf(layout)),
    ),
  }));
};

/** The moment of a row, and the alarms that stand then. */
export type RowNow = RoomNow & { readonly alarms: ReadonlyMap<string, AlarmStatus> };

/** One row: a value that is no news has no place among its limits and no rate. */
export const toInstrument = (
  layout: PointLayout,
  state: PointState | undefined,
  steered: SetpointsAhead | null,
  { up, at, time, alarms }: RowNow,
  columns: Columns | null,
): InstrumentView => {
  const point = toPointView(layout, state, up, time);
  const setpoint = toSetpointOf(steered, layout);
  const wanted = setpoint === null ? null : toWanted(setpoint, at);
  const value = typeof state?.v === 'number' && point.freshness !== 'bad' ? state.v : null;
  const isNews = point.freshness === 'fresh' || point.freshness === 'late';
  const breach = setpoint === null || !isNews ? null : toLimitBreach(setpoint.name, alarms);
  const bar = toRangeBar({
    value,
    range: layout.range,
    target: setpoint?.target ?? null,
    alarm: setpoint?.alarm ?? null,
    setpoint: wanted?.value ?? null,
    breach,
  });
  return {
    point,
    layout,
    rate: columns === null || !isNews || rateless.has(layout.quantity) ? null : toRate(columns, at, layout.quantity, layout.decimals),
    bar: layout.quantity === 'boolean' ? null : bar,
    setpoint: wanted === null ? '' : toNumberText(wanted.value, layout.decimals),
    base: wanted === null || wanted.base === null ? '' : toNumberText(wanted.base, layout.decimals),
    setpointName: setpoint?.name ?? '',
    standing: bar === null || !isNews ? '' : rangeWords[bar.standing],
    breach,
  };
};

/** A switch has no rate; a sum over the day has that of its light, and falls to nothing at midnight. */
const rateless: ReadonlySet<Quantity> = new Set(['boolean', 'daily_light_integral']);

/** The set-point that a point is read for; null when it is read for none. */
export const toSetpointOf = (steered: SetpointsAhead | null, { id, quantity }: PointLayout): SetpointAhead | null =>
  steered?.setpoints.find((setpoint) => setpoint.quantity === quantity && setpoint.points.includes(id)) ?? null;

/** Which points a chart of this room shows until somebody chooses: those that the room is steered by, and its climate. */
export const toFirstShown = (layouts: readonly PointLayout[], steered: SetpointsAhead | null): ReadonlySet<PointId> => {
  const led = new Set(steered?.setpoints.flatMap(({ points }) => points) ?? []);
  const quantities = [...new Set(layouts.map(({ quantity }) => quantity))]
    .filter((quantity) => chartOrder.includes(quantity) || layouts.some((one) => one.quantity === quantity && led.has(one.id)))
    .toSorted((a, b) => toOrder(a) - toOrder(b))
    .slice(0, mostLanes);
  return new Set(
    quantities.flatMap((quantity) => {
      const own = layouts.filter((layout) => layout.quantity === quantity);
      const first = own.filter(({ id }) => led.has(id) && !isAside(id));
      return (first.length > 0 ? first : own.filter(({ id }) => !isAside(id))).slice(0, mostInLane).map(({ id }) => id);
    }),
  );
};

const chartOrder = ['temperature', 'vapour_pressure_deficit', 'relative_humidity', 'mole_fraction', 'ppfd'];
const mostLanes = 4;
const mostInLane = 3;
const toOrder = (quantity: string): number => (chartOrder.includes(quantity) ? chartOrder.indexOf(quantity) : chartOrder.length);
/** A leaf or a dew point has the quantity of the room's temperature, but is not it. */
const isAside = (id: PointId): boolean => /\/(?:leaf|dew|surface|evaporator|coil)/.test(id);

/** Points in the order of a chart's lanes. */
export const toChartOrder = (layouts: readonly PointLayout[]): readonly PointLayout[] =>
  layouts.filter(({ quantity }) => quantity !== 'boolean').toSorted((a, b) => toOrder(a.quantity) - toOrder(b.quantity));

/** What a line is called: the cluster says which probe, the title what it measures. */
export const toLineTitle = ({ id, title }: PointLayout): string => {
  const [, cluster = '', measurement = ''] = id.split('/');
  return `${cluster.replaceAll('_', ' ')} ${(title === '' ? measurement.replaceAll('_', ' ') : title).toLowerCase()}`;
};
