import type { ProfileStep } from '../nodes/profile.ts';

/** So much more, from one instant to another. */
export type OffsetSpan = { readonly delta: number; readonly from: number; readonly to: number };

/**
 * The steps of a profile with what operators added to it. Where an offset begins or ends the line stands upright: two
 * steps at one instant, the first where the line comes from. Of two spans that overlap the later one counts.
 */
export const withOffsets = (steps: readonly ProfileStep[], spans: readonly OffsetSpan[]): readonly ProfileStep[] => {
  if (spans.length === 0) return steps;
  const ordered = spans.toSorted((a, b) => a.from - b.from);
  const deltaAt = (at: number): number => ordered.findLast(({ from, to }) => from <= at && at < to)?.delta ?? 0;
  const cuts = [...new Set(ordered.flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a - b);
  const out: ProfileStep[] = [];
  let before = deltaAt(steps[0]?.at ?? 0);
  const put = (at: number, value: number, isRamp: boolean): void => {
    const delta = deltaAt(at);
    if (delta !== before) out.push({ at, value: toTidy(value + before), isRamp: false });
    out.push({ at, value: toTidy(value + delta), isRamp });
    before = delta;
  };
  for (const [i, step] of steps.entries()) {
    put(step.at, step.value, step.isRamp);
    const next = steps[i + 1];
    if (next === undefined) continue;
    for (const cut of cuts) {
      if (cut <= step.at || cut >= next.at || deltaAt(cut) === before) continue;
      const share = step.isRamp ? (cut - step.at) / (next.at - step.at) : 0;
      put(cut, step.value + (next.value - step.value) * share, step.isRamp);
    }
  }
  return out;
};

/** 1.15 less 0.15 is 1. */
const toTidy = (value: number): number => Math.round(value * 1e6) / 1e6;
