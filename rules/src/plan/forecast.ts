import {
  type DeviceId,
  type LocationId,
  type OffsetStatus,
  type PointId,
  type Quantity,
  quantityNames,
  type SetpointAhead,
  type SetpointName,
  toLocation,
} from '@phloem/protocol';
import { dimensionOf, isSameDimension, type Dimension } from '../units/dimension.ts';
import type { LeadLagDocument } from '../documents/lead-lag.ts';
import type { LoopDocument } from '../documents/loop.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { SignalsDocument } from '../documents/signals.ts';
import type { Slot } from '../expressions/scope.ts';
import type { Node, NodeState } from '../nodes/node.ts';
import { createSchedule, type ScheduleOutput } from '../nodes/schedule.ts';
import { mergeSpans, spansBetween, spansOutside } from '../nodes/spans.ts';
import type { Span } from '../nodes/span.ts';
import type { Builder } from './builder.ts';
import type { CompiledSetpoints, SetpointCurve } from './compile-setpoints.ts';
import type { CompiledSignals } from './compile-signals.ts';
import { withOffsets, type OffsetSpan } from './offset-steps.ts';

/** What a location is steered to from one instant to another, as of `at`; all in ms since 1970. */
export type Forecast = (ask: {
  readonly location: LocationId;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  /** What operators add to its set-points, and added before; none where it is left out. */
  readonly offsets?: OffsetsKnown;
}) => {
  readonly setpoints: SetpointAhead[];
  readonly dark: Span[];
};

/** The offsets that stand, and the stretches over which others stood. */
export type OffsetsKnown = {
  /** As of `at` in the hub's running time, in which offsets end. */
  readonly up: number;
  readonly standing: readonly OffsetStatus[];
  readonly past: readonly (OffsetSpan & { readonly setpoint: SetpointName })[];
};

/** A set-point of a plan: how far an operator may move it, if at all, and the locations that it steers. */
export type PlanSetpoint = {
  readonly name: SetpointName;
  readonly quantity: Quantity;
  /** Of its value; an offset is in the dimension of its differences. */
  readonly dimension: Dimension;
  readonly reach: number | null;
  readonly locations: ReadonlySet<LocationId>;
};

type Acting = RuleDocument | LoopDocument | LeadLagDocument;

/** The compiled documents of a bundle. */
export type ForecastParts = {
  readonly signals: ReadonlyMap<string, CompiledSignals>;
  readonly setpoints: ReadonlyMap<string, CompiledSetpoints>;
  readonly acting: readonly Acting[];
  readonly declared: readonly SignalsDocument[];
  readonly builder: Builder;
};

const noOffsets: OffsetsKnown = { up: 0, standing: [], past: [] };

/**
 * Makes the function that says what set-points will be: the same profiles that the engine steps, without an engine. A
 * set-point belongs to the locations of the devices that are steered by it, be it by way of a signal, and of the points that its
 * signal reads.
 */
export const createForecast = (parts: ForecastParts): { readonly forecast: Forecast; readonly setpoints: readonly PlanSetpoint[] } => {
  const lines = [...parts.setpoints].flatMap(([id, compiled]) => toLines(id, compiled, parts));
  const forecast: Forecast = ({ location, from, to, at, offsets = noOffsets }) => {
    const here = lines.filter((line) => line.locations.has(location));
    const standing = offsets.standing.filter(({ untilUp }) => offsets.up < untilUp).map((one) => toDrawn(one, at, offsets.up));
    // What is over does nothing from now on, wherever the wall clock has gone.
    const past = offsets.past.flatMap((one) => (one.from < at ? [{ ...one, to: Math.min(one.to, at) }] : []));
    return {
      setpoints: here.map(({ name, id, title, quantity, points, curve }) => {
        const { base } = curve.profile.at(at);
        const offset = standing.find(({ setpoint }) => setpoint === id) ?? null;
        const now = offset === null ? base : toTidy(base + offset.delta);
        const spans = [
          ...past.filter(({ setpoint }) => setpoint === id),
          ...(offset === null ? [] : [{ delta: offset.delta, from: offset.since, to: offset.until }]),
        ];
        const isAlone = here.filter((other) => other.quantity === quantity).length === 1;
        return {
          name: id,
          title: title ?? (quantity === 'percent' ? toWords(name) : isAlone ? toWords(quantity) : name),
          quantity,
          now,
          base,
          offset,
          reach: curve.reach,
          target: toRange(now, curve.target),
          alarm: toRange(now, curve.alarm),
          points: points.filter((point) => toLocation(point) === location),
          steps: [...withOffsets(curve.profile.between(from, to), spans)],
        };
      }),
      dark: [...darkAt(location, { from, to }, parts)],
    };
  };
  const setpoints = lines.map(({ id, quantity, dimension, locations, curve: { reach } }) => ({
    name: id,
    quantity,
    dimension,
    reach,
    locations,
  }));
  return { forecast, setpoints };
};

/** As far as a wall clock may be off before what stands is drawn elsewhere than it was said to be. */
const steadyMs = 1000;

/** What stands, with its beginning and its end where the wall clock has them now: it may have been set since. */
const toDrawn = (offset: OffsetStatus, at: number, up: number): OffsetStatus => {
  const until = at + (offset.untilUp - up);
  const isSteady = Math.abs(until - offset.until) < steadyMs && offset.until > at;
  return { ...offset, since: Math.min(offset.since, at), until: isSteady ? offset.until : until };
};

type Line = {
  readonly name: string;
  readonly id: string;
  readonly title: string | undefined;
  readonly quantity: Quantity;
  readonly dimension: Dimension;
  readonly points: readonly PointId[];
  readonly locations: ReadonlySet<LocationId>;
  readonly curve: SetpointCurve;
};

const toLines = (document: string, { names, curves }: CompiledSetpoints, parts: ForecastParts): readonly Line[] => {
  const users = parts.acting.filter(({ spec }) => spec.use?.setpoints === document);
  const worked = new Set(parts.declared.filter(({ spec }) => spec.use?.setpoints === document).map(({ metadata }) => metadata.id));
  // Who reads a signal that is calculated from set-points is steered by them as well.
  const readers = parts.acting.filter((each) => signalsOf(each).some((id) => worked.has(id)));
  const steered = [...users, ...readers].flatMap(devicesOf).map(toLocation);
  const near = new Set([...users.flatMap(signalsOf), ...worked]);
  return [...names].flatMap(([name, { dimension }]) => {
    const curve = curves.get(name);
    if (curve === undefined) return [];
    const points = new Set<PointId>();
    let title: string | undefined;
    for (const id of near) {
      const signals = parts.signals.get(id);
      const signal = signals?.names.get(name);
      if (signals === undefined || signal === undefined || !isSameDimension(signal.dimension, dimension)) continue;
      for (const point of pointsOf(signal, signals, parts.builder)) points.add(point);
      title ??= parts.declared.find(({ metadata }) => metadata.id === id)?.spec.signals?.[name]?.title;
    }
    const quantity = toQuantity(dimension, points, parts.builder);
    const locations = new Set([...steered, ...[...points].map(toLocation)]);
    return [{ name, id: `${document}/${name}`, title, quantity, dimension, points: [...points], locations, curve }];
  });
};

/**
 * The points that a signal stands for. One that is calculated from several kinds of things, such as VPD from temperature
 * and humidity, stands for what the hub derives from the same points, and not for what goes into it.
 */
export const pointsOf = ({ slot, dimension }: Slot, signals: CompiledSignals, { slots, site }: Builder): readonly PointId[] => {
  const behind = new Set(slots[slot]?.inputs ?? []);
  const read = new Set(signals.planInputs.filter((input) => behind.has(input.slot)).map(({ point }) => point));
  const isAlike = ({ quantity }: { readonly quantity: Quantity }): boolean => isSameDimension(dimensionOf(quantity), dimension);
  const inputs = site.points.filter(({ id }) => read.has(id));
  const isMixed = inputs.some((point) => point.quantity !== 'boolean' && !isAlike(point));
  const derived = site.points.filter((point) => isAlike(point) && point.inputs !== undefined && point.inputs.every((id) => read.has(id)));
  return [...(isMixed ? [] : inputs.filter(isAlike)), ...derived].map(({ id }) => id);
};

/** What kind of thing is steered: as its points say, else as something of the site or of the table that has its unit. */
export const toQuantity = (dimension: Dimension, points: ReadonlySet<PointId>, { site }: Builder): Quantity => {
  const own = site.points.find(({ id }) => points.has(id))?.quantity;
  if (own !== undefined) return own;
  const isAlike = (quantity: Quantity): boolean => isSameDimension(dimensionOf(quantity), dimension);
  // Per cent that nothing measures is what a device is commanded: taken for humidity it would be drawn among the probes.
  if (isAlike('percent')) return 'percent';
  return site.points.find(({ quantity }) => isAlike(quantity))?.quantity ?? quantityNames.find(isAlike) ?? 'number';
};

const devicesOf = ({ kind, spec }: Acting): readonly DeviceId[] => {
  if (kind === 'LeadLag') return spec.devices.map((member) => (typeof member === 'string' ? member : member.device));
  return kind === 'Rule' ? spec.then.map(({ request }) => request.device) : spec.split.map(({ to }) => to.device);
};

const signalsOf = ({ spec }: Acting): readonly string[] => [spec.use?.signals ?? []].flat();

const toRange = (middle: number, half: number | undefined) =>
  half === undefined ? null : { low: toTidy(middle - half), high: toTidy(middle + half) };

/** 1.15 less 0.15 is 1. */
const toTidy = (value: number): number => Math.round(value * 1e6) / 1e6;

const short: Readonly<Record<string, string>> = {
  vapour_pressure_deficit: 'VPD',
  mole_fraction: 'CO₂',
  ppfd: 'PPFD',
  daily_light_integral: 'DLI',
};

/** What people call a quantity: `Temperature`, `VPD`. */
export const toWords = (quantity: string): string => {
  const words = quantity.replaceAll('_', ' ');
  return short[quantity] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** The hours of rules that switch lights by a schedule; without any, the day by which the location's set-points go. */
const darkAt = (location: LocationId, window: Span, parts: ForecastParts): readonly Span[] => {
  const lit = parts.acting
    .filter((document) => devicesOf(document).some((device) => toLocation(device) === location && isLight.test(device)))
    .map((document) => scheduleOf(document, parts.builder))
    .filter((schedule) => schedule !== undefined);
  const days = lit.length > 0 ? lit : daysOf(location, parts);
  if (days.length === 0) return [];
  return spansOutside(mergeSpans(days.flatMap((schedule) => spansBetween(schedule, window))), window);
};

/** Nothing in a site says what a device is for; people call a light a light. */
const isLight = /light|lamp|luminaire/;

type Schedule = Node<NodeState, null, ScheduleOutput>;

/** The schedule by which a rule asks: its own, or the one behind the signal that is its whole condition. */
const scheduleOf = ({ kind, metadata, spec }: Acting, { nodes }: Builder): Schedule | undefined => {
  if (kind !== 'Rule') return undefined;
  const ids = [`${metadata.id}#schedule`];
  const when = typeof spec.when === 'string' ? spec.when : 'expr' in spec.when ? spec.when.expr : '';
  for (const id of [spec.use?.signals ?? []].flat()) ids.push(`${id}/${when.trim()}#schedule`);
  return nodes.find(({ id }) => ids.includes(id))?.node as Schedule | undefined;
};

const daysOf = (location: LocationId, { setpoints, acting }: ForecastParts): readonly Schedule[] =>
  [...setpoints].flatMap(([id, { clock, hasDay }]) => {
    const isHere = acting.some(
      (each) => each.spec.use?.setpoints === id && devicesOf(each).some((device) => toLocation(device) === location),
    );
    if (!hasDay || clock === undefined || !isHere) return [];
    const moment = (anchor: 'lights-on' | 'lights-off') => ({ anchor, timeOfDayMs: 0, offsetMs: 0 });
    return [createSchedule({ clock, windows: [{ from: moment('lights-on'), to: moment('lights-off') }] })];
  });
