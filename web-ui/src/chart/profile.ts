import type { SetpointAhead } from '@phloem/protocol';

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
    put(begin, valueWithin(step, next, begin));
    put(stop, step.isRamp ? valueWithin(step, next, stop) : step.value);
  }
  return corners;
};

/** What the set-point is at a moment; null before the first step that is known. */
export const toSetpointAt = (steps: SetpointAhead['steps'], at: number): number | null => {
  const index = steps.findLastIndex((step) => step.at <= at);
  const step = steps[index];
  return step === undefined ? null : valueWithin(step, steps[index + 1], at);
};

type Step = SetpointAhead['steps'][number];

const valueWithin = (step: Step, next: Step | undefined, at: number): number => {
  if (!step.isRamp || next === undefined || next.at <= step.at) return step.value;
  const share = Math.min(1, Math.max(0, (at - step.at) / (next.at - step.at)));
  return step.value + (next.value - step.value) * share;
};
