import {
  leafVapourPressureDeficit,
  saturationVapourPressure,
  type PointId,
  type PointLayout,
  type PointState,
  type SetpointAhead,
  type SetpointsAhead,
} from '@phloem/protocol';
import type { Span } from '../chart/lane-scale.ts';
import type { Columns } from '../history/columns.ts';

/** A place on the map: air temperature in °C and relative humidity in %. */
export type Climate = { readonly t: number; readonly rh: number };

/** A line of one deficit, from cold to warm. */
export type IsoLine = { readonly kpa: number; readonly places: readonly Climate[] };

/** What the map spans. */
export type MapFrame = { readonly t: Span; readonly rh: Span };

/** Where the leaf is taken to be when no probe reports: the same as the rules of a room assume. */
export const assumedLeafOffset = -1.5;

/** The deficit at a leaf, in kPa; where it lies, `leafOffset` kelvin from the air. */
export const toVpd = ({ t, rh }: Climate, leafOffset: number): number => leafVapourPressureDeficit(t + leafOffset, t, rh);

/** The relative humidity at which the deficit is so; outside of 0 to 100 % there is none. */
export const toHumidityAt = (t: number, kpa: number, leafOffset: number): number =>
  ((saturationVapourPressure(t + leafOffset) - kpa) / saturationVapourPressure(t)) * 100;

/** Lines of the same deficit over the frame, one for each step. */
export const toIsoLines = ({ t, rh }: MapFrame, leafOffset: number, steps: readonly number[]): readonly IsoLine[] =>
  steps.flatMap((kpa) => {
    const places = toRow(t, 40)
      .map((celsius) => ({ t: celsius, rh: toHumidityAt(celsius, kpa, leafOffset) }))
      .filter((place) => place.rh >= rh.low && place.rh <= rh.high);
    return places.length < 2 ? [] : [{ kpa, places }];
  });

/** The area in which both temperature and deficit are as wanted, corner by corner; null without a target. */
export const toTargetArea = (
  temperature: Span | null,
  vpd: Span | null,
  { t }: MapFrame,
  leafOffset: number,
): readonly Climate[] | null => {
  if (vpd === null) return null;
  const row = toRow(temperature ?? t, 16);
  const edge = (kpa: number): readonly Climate[] =>
    row.map((celsius) => ({ t: celsius, rh: Math.min(100, Math.max(0, toHumidityAt(celsius, kpa, leafOffset))) }));
  return [...edge(vpd.low), ...edge(vpd.high).toReversed()];
};

/** What the map spans: all of these, with room around them, and never so little that noise looks like weather. */
export const toMapFrame = (places: readonly Climate[], target: Span | null): MapFrame => {
  const ts = [...places.map(({ t }) => t), ...(target === null ? [] : [target.low, target.high])].filter(Number.isFinite);
  const rhs = places.map(({ rh }) => rh).filter(Number.isFinite);
  const t = around(ts.length === 0 ? [24] : ts, 8);
  const rh = around(rhs.length === 0 ? [60] : rhs, 30);
  return { t, rh: { low: Math.max(0, rh.low), high: Math.min(100, rh.high) } };
};

/** A place where a climate was. */
export type PastClimate = Climate & { readonly isSimulated: boolean };

/** The path of a climate over time, oldest first; what lacks either value is left out. */
export const toTail = (temperature: Columns, humidity: Columns, from: number): readonly PastClimate[] => {
  const { grid } = temperature;
  return Array.from({ length: grid.count }, (_, column) => ({
    at: grid.from + column * grid.stepMs,
    t: temperature.mean[column] ?? Number.NaN,
    rh: humidity.mean[column] ?? Number.NaN,
    isSimulated: temperature.isSimulated[column] === 1 || humidity.isSimulated[column] === 1,
  }))
    .filter(({ at, t, rh }) => at >= from && !Number.isNaN(t) && !Number.isNaN(rh))
    .map(({ t, rh, isSimulated }) => ({ t, rh, isSimulated }));
};

/** Where both temperature and humidity are measured in one place. */
export type ClimateProbe = { readonly cluster: string; readonly temperature: PointLayout; readonly humidity: PointLayout };

/** The probes of a room that report both: those that its rules read come first. */
export const toClimateProbes = (layouts: readonly PointLayout[], steered: SetpointsAhead | null): readonly ClimateProbe[] => {
  const led = new Set<PointId>(steered?.setpoints.flatMap(({ points }) => points) ?? []);
  return [...Map.groupBy(layouts, ({ id }) => id.split('/')[1] ?? '')].flatMap(([cluster, own]) => {
    const humidity = own.find(({ quantity }) => quantity === 'relative_humidity');
    const airs = own.filter(({ quantity, isDerived, id }) => quantity === 'temperature' && !isDerived && !/\/(?:leaf|surface)/.test(id));
    const temperature = airs.find(({ id }) => led.has(id)) ?? airs[0];
    return humidity === undefined || temperature === undefined ? [] : [{ cluster, temperature, humidity }];
  });
};

/** Claims that a deficit matters here: it is measured, or the room is steered to one, or there is light for a crop. A cold store has no leaf. */
export const hasCrop = (layouts: readonly PointLayout[], steered: SetpointsAhead | null): boolean =>
  layouts.some(({ quantity }) => cropQuantities.has(quantity)) ||
  steered?.setpoints.some(({ quantity }) => cropQuantities.has(quantity)) === true;

/** How far the leaf is from the air beside it, where both are measured and read; null otherwise. */
export const toMeasuredLeafOffset = (
  layouts: readonly PointLayout[],
  probes: readonly ClimateProbe[],
  points: ReadonlyMap<PointId, Pick<PointState, 'v'>>,
): number | null => {
  const leaf = layouts.find(({ id, quantity }) => quantity === 'temperature' && /\/leaf/.test(id));
  const air = probes.find(({ cluster }) => cluster === leaf?.id.split('/')[1])?.temperature;
  const read = (layout: PointLayout | undefined): number => {
    const v = layout === undefined ? null : points.get(layout.id)?.v;
    return typeof v === 'number' ? v : Number.NaN;
  };
  const difference = read(leaf) - read(air);
  return Number.isFinite(difference) ? difference : null;
};

const cropQuantities: ReadonlySet<string> = new Set(['vapour_pressure_deficit', 'ppfd', 'daily_light_integral']);

/** The target band of a quantity in the room; null without one. */
export const toBand = (steered: SetpointsAhead | null, quantity: SetpointAhead['quantity']): Span | null =>
  steered?.setpoints.find((setpoint) => setpoint.quantity === quantity && setpoint.target !== null)?.target ?? null;

const toRow = ({ low, high }: Span, pieces: number): readonly number[] =>
  Array.from({ length: pieces + 1 }, (_, piece) => low + ((high - low) * piece) / pieces);

const around = (values: readonly number[], least: number): Span => {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const beside = Math.max((least - (high - low)) / 2, (high - low) * 0.15);
  return { low: low - beside, high: high + beside };
};
