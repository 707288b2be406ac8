import { longestOffsetMs, type OffsetEntry } from '@phloem/protocol';
import { differenceOf, type Dimension } from '../units/dimension.ts';
import { limitOf, type SetpointsDocument } from '../documents/setpoints.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Slot } from '../expressions/scope.ts';
import { constantProfile, createProfile, type Profile } from '../nodes/profile.ts';
import { createConstantSetpoint, createSetpoints, type OffsetOrder, type SetpointsNode } from '../nodes/setpoints.ts';
import type { Setpoint } from '../nodes/setpoint.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { unknown } from '../nodes/node.ts';
import { toOffsetUnit } from '../units/parse-offset.ts';
import { parseQuantity } from '../units/units.ts';
import type { Builder, Placed } from './builder.ts';
import { createDaylight, moment, tryMoments } from './daylight.ts';
import { describeAuthor } from './describe-author.ts';

/** What a Setpoints document gives to those that use it; expressions know its values as `sp.<name>`. */
export type CompiledSetpoints = {
  readonly names: ReadonlyMap<string, Slot>;
  readonly clock: SiteClock | undefined;
  /** Whether the document says when it is day for the crop. */
  readonly hasDay: boolean;
  /** Each value over time, and how far from it is in band, in its canonical unit. */
  readonly curves: ReadonlyMap<string, SetpointCurve>;
};

/** A set-point over time; half the width of its bands where it has any; how far an operator may move it, if at all. */
export type SetpointCurve = {
  readonly profile: Profile;
  readonly target: number | undefined;
  readonly alarm: number | undefined;
  readonly reach: number | null;
};

/** Compiles set-points: constants, and points with ramps over the site's day. */
export const compileSetpoints = ({ document, source }: Placed<SetpointsDocument>, builder: Builder): CompiledSetpoints => {
  const { id } = document.metadata;
  const { setpoints, bands = {}, offsets = {}, ...daylight } = document.spec;
  const clock = createDaylight(daylight, source, builder);
  const names = new Map<string, Slot>();
  const profiles = new Map<string, Profile>();
  for (const [name, declared] of Object.entries(setpoints)) {
    const compiled = compileSetpoint(`${id}/${name}`, declared, ['spec', 'setpoints', name], { source, builder, clock });
    if (compiled === undefined) continue;
    names.set(name, { slot: compiled.slot, dimension: compiled.dimension });
    profiles.set(name, compiled.profile);
  }
  for (const [name, { slot, dimension }] of names) builder.shown.push({ name: `${id}/${name}`, slot, dimension });
  const context: WidthContext = { source, builder, names, declared: Object.keys(setpoints) };
  const widths = readBands(bands, context);
  const reaches = readReaches(offsets, context);
  const curves = new Map(
    [...profiles].map(([name, profile]) => {
      const { target, alarm } = widths.get(name) ?? {};
      // Who may not move it at all writes 0; where nothing is written, what raises no alarm at once is no harm.
      const reach = reaches.get(name) ?? alarm ?? 0;
      return [name, { profile, target, alarm, reach: reach > 0 ? reach : null }] as const;
    }),
  );
  return { names, clock, hasDay: daylight.clock !== undefined, curves };
};

type Declared = SetpointsDocument['spec']['setpoints'][string];
type Context = { readonly source: SourceDocument; readonly builder: Builder; readonly clock: SiteClock | undefined };
type Read = { readonly value: number; readonly dimension: Dimension };

/** Compiles one set-point, with the step that keeps it; undefined, and problems, where it cannot be. */
const compileSetpoint = (
  id: string,
  declared: Declared,
  path: Path,
  context: Context,
): { readonly slot: number; readonly dimension: Dimension; readonly profile: Profile } | undefined => {
  const { source, builder, clock } = context;
  if (typeof declared === 'string') {
    const read = readValue(declared, path, undefined, context);
    if (read === undefined) return undefined;
    const { value, dimension } = read;
    const slot = builder.addSlot(id, dimension, value);
    addSetpointStep({ id, slot, dimension, node: createConstantSetpoint(value), isConstant: true }, source, path, builder);
    return { slot, dimension, profile: constantProfile(value) };
  }
  const { dimension, points } = readPoints(declared, path, context);
  if (dimension === undefined || clock === undefined || points.length < declared.length) return undefined;
  const node = tryMoments(() => createSetpoints({ clock, points }), source, path, builder);
  if (node === undefined) return undefined;
  const slot = builder.addSlot(id, dimension, unknown);
  addSetpointStep({ id, slot, dimension, node, isConstant: false }, source, path, builder);
  return { slot, dimension, profile: createProfile(clock, points) };
};

/** Reads the points of a set-point over the day; the first one gives the dimension of all. */
const readPoints = (
  declared: Exclude<Declared, string>,
  path: Path,
  context: Context,
): { readonly dimension: Dimension | undefined; readonly points: readonly Setpoint[] } => {
  const { source, builder } = context;
  let dimension: Dimension | undefined;
  const points: Setpoint[] = [];
  for (const [i, point] of declared.entries()) {
    const at = moment(point.at, source, [...path, i, 'at'], builder);
    const read = readValue(point.value, [...path, i, 'value'], dimension, context);
    dimension ??= read?.dimension;
    if (at !== undefined && read !== undefined) points.push({ at, value: read.value, rampMs: builder.duration(point.ramp) });
  }
  return { dimension, points };
};

const readValue = (written: string, path: Path, expected: Dimension | undefined, { source, builder }: Context): Read | undefined => {
  if (expected !== undefined) {
    const value = builder.quantity(source, path, written, expected);
    return value === undefined ? undefined : { value, dimension: expected };
  }
  const quantity = parseQuantity(written);
  if (quantity !== undefined && !quantity.isPlusMinus) return quantity;
  builder.complain(source, path, { expected: 'a quantity, such as "1.25 kPa"', found: JSON.stringify(written) });
  return undefined;
};

/** What bands and offsets are read with: `declared` has also the names that could not be compiled. */
type WidthContext = {
  readonly source: SourceDocument;
  readonly builder: Builder;
  readonly names: ReadonlyMap<string, Slot>;
  readonly declared: readonly string[];
};

type Widths = { readonly target: number | undefined; readonly alarm: number | undefined };

const readBands = (bands: NonNullable<SetpointsDocument['spec']['bands']>, context: WidthContext): ReadonlyMap<string, Widths> => {
  const widths = new Map<string, Widths>();
  for (const [name, band] of Object.entries(bands)) {
    if (!isKnown('bands', name, context)) continue;
    const target = readWidth(name, ['spec', 'bands', name, 'target'], band.target, context);
    const alarmPath = ['spec', 'bands', name, 'alarm', ...(typeof band.alarm === 'object' ? ['limit'] : [])];
    const alarm = readWidth(name, alarmPath, limitOf(band.alarm), context);
    widths.set(name, { target, alarm });
    if (target !== undefined && alarm !== undefined && alarm < target) {
      context.builder.complain(context.source, alarmPath, {
        expected: 'a band at least as wide as the target',
        found: `${limitOf(band.alarm)}`,
      });
    }
  }
  return widths;
};

/** How far operators may move each set-point. */
const readReaches = (offsets: Readonly<Record<string, string>>, context: WidthContext): ReadonlyMap<string, number> => {
  const reaches = new Map<string, number>();
  for (const [name, written] of Object.entries(offsets)) {
    const path: Path = ['spec', 'offsets', name];
    const reach = isKnown('offsets', name, context) ? readWidth(name, path, written, context) : undefined;
    if (reach === undefined) continue;
    if (reach >= 0) reaches.set(name, reach);
    else {
      const expected = 'how far it may be moved either way, such as "±2.0 K"';
      context.builder.complain(context.source, path, { expected, found: written });
    }
  }
  return reaches;
};

const isKnown = (part: 'bands' | 'offsets', name: string, { source, builder, names, declared }: WidthContext): boolean => {
  // One that is declared and could not be read has been complained of already.
  if (names.has(name) || declared.includes(name)) return names.has(name);
  const expected = 'a set-point of this document';
  builder.complain(source, ['spec', part, name], { expected, found: name, hint: hintForName(name, declared), atKey: true });
  return false;
};

const readWidth = (name: string, path: Path, written: string | undefined, { source, builder, names }: WidthContext): number | undefined => {
  const of = names.get(name);
  return written === undefined || of === undefined ? undefined : builder.quantity(source, path, written, differenceOf(of.dimension));
};

type SetpointStep = {
  readonly id: string;
  readonly slot: number;
  readonly dimension: Dimension;
  readonly node: SetpointsNode;
  readonly isConstant: boolean;
};

/** A set-point goes by the clock, and by what operators say of it. */
const addSetpointStep = (
  { id, slot, dimension, node, isConstant }: SetpointStep,
  source: SourceDocument,
  path: Path,
  builder: Builder,
): void => {
  // What was added in one unit means nothing in another: a state is taken over where the unit is the same.
  const placed = builder.addNode(`${id}#setpoints`, { ...node, type: `${node.type} in ${toOffsetUnit(dimension)}` });
  builder.addStep(
    {
      id,
      reads: [],
      writes: [slot],
      isTimed: true,
      ...(isConstant && { isAsleep: (run) => run.stateOf(placed).adjust === null }),
      accepts: (entry, run) => {
        if (entry.kind !== 'offset' || entry.setpoint !== id) return false;
        run.step(placed, { offset: toOrder(entry) });
        return true;
      },
      run: (run) => run.set(slot, run.step(placed, {}).value),
    },
    source,
    path,
  );
};

const toOrder = ({ delta, forMs = longestOffsetMs, released, by, reason }: OffsetEntry): OffsetOrder | null =>
  released === true || delta === undefined ? null : { delta, forMs, who: describeAuthor({ by, reason }) };
