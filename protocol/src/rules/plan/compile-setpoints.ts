import { differenceOf, type Dimension } from '../dimension.ts';
import type { SetpointsDocument } from '../documents/setpoints.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import type { Slot } from '../expressions/scope.ts';
import { createProfile, type Profile } from '../nodes/profile.ts';
import { createSetpoints, type Setpoint } from '../nodes/setpoints.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { unknown } from '../nodes/node.ts';
import { parseQuantity } from '../units.ts';
import type { Builder, Placed } from './builder.ts';
import { createDaylight, moment, tryMoments } from './daylight.ts';

/** What a Setpoints document gives to those that use it; expressions know its values as `sp.<name>`. */
export type CompiledSetpoints = {
  readonly names: ReadonlyMap<string, Slot>;
  readonly clock: SiteClock | undefined;
  /** Whether the document says when it is day for the plants. */
  readonly hasDay: boolean;
  /** Each value over time, and how far from it is in band, in its canonical unit. */
  readonly curves: ReadonlyMap<string, SetpointCurve>;
};

/** A set-point over time; half the width of its bands where it has any. */
export type SetpointCurve = { readonly profile: Profile; readonly target: number | undefined; readonly alarm: number | undefined };

/** Compiles set-points: constants, and points with ramps over the site's day. */
export const compileSetpoints = ({ document, source }: Placed<SetpointsDocument>, builder: Builder): CompiledSetpoints => {
  const { id } = document.metadata;
  const { setpoints, bands = {}, ...daylight } = document.spec;
  const clock = createDaylight(daylight, source, builder);
  const names = new Map<string, Slot>();
  const profiles = new Map<string, Profile>();
  const widths = new Map<string, { readonly target: number | undefined; readonly alarm: number | undefined }>();
  const readValue = (
    written: string,
    path: Path,
    expected?: Dimension,
  ): { readonly value: number; readonly dimension: Dimension } | undefined => {
    if (expected !== undefined) {
      const value = builder.quantity(source, path, written, expected);
      return value === undefined ? undefined : { value, dimension: expected };
    }
    const quantity = parseQuantity(written);
    if (quantity !== undefined && !quantity.isPlusMinus) return quantity;
    builder.complain(source, path, { expected: 'a quantity, such as "1.25 kPa"', found: JSON.stringify(written) });
    return undefined;
  };
  for (const [name, declared] of Object.entries(setpoints)) {
    const path: Path = ['spec', 'setpoints', name];
    if (typeof declared === 'string') {
      const read = readValue(declared, path);
      if (read !== undefined) {
        names.set(name, { slot: builder.addSlot(`${id}/${name}`, read.dimension, read.value), dimension: read.dimension });
        profiles.set(name, constantProfile(read.value));
      }
    } else {
      let dimension: Dimension | undefined;
      const points: Setpoint[] = [];
      for (const [i, point] of declared.entries()) {
        const at = moment(point.at, source, [...path, i, 'at'], builder);
        const read = readValue(point.value, [...path, i, 'value'], dimension);
        dimension ??= read?.dimension;
        if (at !== undefined && read !== undefined) points.push({ at, value: read.value, rampMs: builder.duration(point.ramp) });
      }
      if (dimension === undefined || clock === undefined || points.length < declared.length) continue;
      const node = tryMoments(() => createSetpoints({ clock, points }), source, path, builder);
      if (node === undefined) continue;
      const placed = builder.addNode(`${id}/${name}#setpoints`, node);
      const slot = builder.addSlot(`${id}/${name}`, dimension, unknown);
      names.set(name, { slot, dimension });
      profiles.set(name, createProfile(clock, points));
      builder.addStep(
        { id: `${id}/${name}`, reads: [], writes: [slot], isTimed: true, run: (run) => run.set(slot, run.step(placed, {}).value) },
        source,
        path,
      );
    }
  }
  for (const [name, { slot, dimension }] of names) builder.shown.push({ name: `${id}/${name}`, slot, dimension });
  for (const [name, band] of Object.entries(bands)) {
    const of = names.get(name);
    if (of === undefined) {
      if (Object.hasOwn(setpoints, name)) continue;
      builder.complain(source, ['spec', 'bands', name], {
        expected: 'a set-point of this document',
        found: name,
        hint: hintForName(name, Object.keys(setpoints)),
        atKey: true,
      });
      continue;
    }
    const width = differenceOf(of.dimension);
    const [target, alarm] = (['target', 'alarm'] as const).map((part) => {
      const written = band[part];
      return written === undefined ? undefined : builder.quantity(source, ['spec', 'bands', name, part], written, width);
    });
    widths.set(name, { target, alarm });
    if (target !== undefined && alarm !== undefined && alarm < target) {
      builder.complain(source, ['spec', 'bands', name, 'alarm'], {
        expected: 'a band at least as wide as the target',
        found: `${band.alarm}`,
      });
    }
  }
  const curves = new Map(
    [...profiles].map(([name, profile]) => [name, { profile, target: widths.get(name)?.target, alarm: widths.get(name)?.alarm }] as const),
  );
  return { names, clock, hasDay: daylight.clock !== undefined, curves };
};

const constantProfile = (value: number): Profile => ({
  at: (instant) => ({ base: value, target: value, nextAt: instant }),
  between: (from, to) => [
    { at: from, value, isRamp: false },
    { at: to, value, isRamp: false },
  ],
});
