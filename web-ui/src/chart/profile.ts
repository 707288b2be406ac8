import type { SetpointAhead } from '@phloem/protocol';
import { toSetpointAt } from '../setpoints/setpoint-at.ts';

/** A corner of the line that a set-point makes over time. */
export type Corner = { readonly at: number; readonly value: number };

/** A set-point's line over a stretch, corner by corner: upright where it jumps, slanting where it ramps. */
export const toProfile = (steps: SetpointAhead['steps'], from: number, to: number): readonly Corner[] => {
  const corners: Corner[] = [];
  const put = (at: number, value: number): void => {
    const last = corners.at(-1);
    if (last === undefined || last.at !== at || last.value !== value) corners.push({ at, value });
  };
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const end = next?.at ?? to;
    if (end <= from && next !== undefined) continue;
    if (step.at >= to && corners.length > 0) break;
    const begin = Math.max(from, step.at);
    const stop = Math.min(to, end);
    if (stop < begin) continue;
    const toValue = (at: number): number => (step.isRamp && next !== undefined ? toRamp(step, next, at) : step.value);
    put(begin, toValue(begin));
    put(stop, toValue(stop));
  }
  return corners;
};

const toRamp = (step: SetpointAhead['steps'][number], next: SetpointAhead['steps'][number], at: number): number =>
  at >= next.at ? next.value : (toSetpointAt({ steps: [step, next] }, at) ?? step.value);
