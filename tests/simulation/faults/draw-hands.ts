import type { DeviceSpec } from '@phloem/backend';
import type { DeviceValue } from '@phloem/protocol';
import type { Random } from '../engine/random.ts';
import { setpoints, site } from '../parts/documents.ts';
import { bell } from '../parts/simulator.ts';
import { toText, type Fault } from './fault.ts';

/** What operators do in a run, in time: in every third nobody touches anything. */
export const drawOverrides = (random: Random, fromMs: number, toMs: number): readonly (Fault & { readonly at: number })[] => {
  if (random.chance(1 / 3)) return [];
  return Array.from({ length: Math.floor(random.between(1, 5)) }, () => {
    const at = random.between(fromMs, toMs);
    // The bell falls back by itself: nobody can keep it ringing.
    const device = random.pick(site.devices.filter(({ id, kind }) => id !== bell && kind !== 'momentary'));
    const { id } = device;
    if (random.chance(0.25)) return { at, name: `${id} is let go`, happen: (world) => world.release(id) };
    const value = drawValue(random, device);
    const forMs = Math.round(random.between(1000, 6000));
    return { at, name: `${id} is kept ${value} for ${toText(forMs)}`, happen: (world) => world.override(id, value, forMs) };
  });
};

/** How operators move set-points in a run, in time: in every other nobody moves any. */
export const drawOffsets = (random: Random, fromMs: number, toMs: number): readonly (Fault & { readonly at: number })[] => {
  if (random.chance(1 / 2)) return [];
  return Array.from({ length: Math.floor(random.between(1, 5)) }, () => {
    const at = random.between(fromMs, toMs);
    const name = random.pick(setpoints);
    if (random.chance(0.25)) return { at, name: `${name} is let go`, happen: (world) => world.letGo(name) };
    const delta = Math.round(random.between(-4, 4)) || 1;
    const forMs = Math.round(random.between(1000, 9000));
    return { at, name: `${name} is moved by ${delta} for ${toText(forMs)}`, happen: (world) => world.move(name, delta, forMs) };
  });
};

/** A value that a device can have. */
const drawValue = (random: Random, { kind, modes = [], range = { min: 0, max: 100 } }: DeviceSpec): DeviceValue => {
  if (kind === 'mode') return random.pick(modes).name;
  return kind === 'switch' || kind === 'momentary' ? random.chance(0.5) : Math.round(random.between(range.min, range.max));
};
