import type { DeviceId, PointId } from '@phloem/protocol';
import type { EngineParts } from './engine.ts';
import type { PlanStep } from './run.ts';

/** All steps and slots that the values of some slots are calculated from, themselves included. */
export type Behind = { readonly steps: ReadonlySet<string>; readonly slots: ReadonlySet<number> };

/** Finds what is behind the slots of a plan. */
export const createBehind = ({ steps }: Pick<EngineParts, 'steps'>): ((from: readonly number[]) => Behind) => {
  const writers = new Map<number, PlanStep>();
  for (const step of steps) for (const slot of step.writes) writers.set(slot, step);
  return (from) => {
    const seen = new Set<number>();
    const found = new Set<string>();
    const visit = (slot: number): void => {
      if (seen.has(slot)) return;
      seen.add(slot);
      const step = writers.get(slot);
      if (step === undefined) return;
      found.add(step.id);
      for (const read of step.reads) visit(read);
    };
    for (const slot of from) visit(slot);
    return { steps: found, slots: seen };
  };
};

/** What a value rests on: measured points, and devices whose states it looks at. */
export type Origins = { readonly points: readonly PointId[]; readonly devices: readonly DeviceId[] };

/** Finds the points and the devices behind the slots of a plan. */
export const createOrigins = (parts: Pick<EngineParts, 'steps' | 'slots' | 'inputs'>): ((from: readonly number[]) => Origins) => {
  const behind = createBehind(parts);
  return (from) => {
    const { slots } = behind(from);
    const devices = [...slots].flatMap((slot) => {
      const device = parts.slots[slot]?.device;
      return device === undefined || device.part === 'request' ? [] : [device.id];
    });
    const points = parts.inputs.flatMap(({ slot, point }) => (slots.has(slot) ? [point] : []));
    return { points: [...new Set(points)], devices: [...new Set(devices)] };
  };
};
