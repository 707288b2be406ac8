import type { SetpointAhead, SetpointsAhead } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';

/** What a set-point is at this moment of the hub's wall clock; null outside of what is known. */
export const toSetpointAt = ({ steps }: Pick<SetpointAhead, 'steps'>, at: number): number | null => {
  const index = steps.findLastIndex((step) => step.at <= at);
  const from = steps[index];
  if (from === undefined) return null;
  const to = steps[index + 1];
  if (!from.isRamp || to === undefined || to.at <= from.at) return from.value;
  return from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at);
};

/** How long the lights of a room stay as they are: `4 h 12 m to dark`, `35 m 10 s to light`; null without a schedule. */
export const toLightTurn = (
  dark: SetpointsAhead['dark'],
  at: number,
): { readonly isDark: boolean; readonly text: string; readonly at: number } | null => {
  const now = dark.find(({ from, to }) => from <= at && at < to);
  if (now !== undefined) return { isDark: true, text: `${toCoarseText(now.to - at)} to light`, at: now.to };
  const next = dark.filter(({ from }) => from > at).toSorted((a, b) => a.from - b.from)[0];
  return next === undefined ? null : { isDark: false, text: `${toCoarseText(next.from - at)} to dark`, at: next.from };
};

/** Seconds matter in the last minutes alone. */
const toCoarseText = (ms: number): string => {
  const text = toDurationText(ms);
  return ms < 600_000 ? text : text.replace(/ \d+ s$/, '');
};
