import { Fault, type StretchQuery } from '@phloem/protocol';
import type { Stretch } from '../history/history.ts';

const DAY_MS = 86_400_000;

/**
 * The period that a query names: the last 24 hours where it names none.
 *
 * @throws Fault `protocol/invalid`.
 */
export const toStretch = ({ from, to }: StretchQuery, now: number): Stretch => {
  const end = to ?? now;
  const stretch = { from: from ?? Math.max(0, end - DAY_MS), to: end };
  if (stretch.from > end) throw new Fault('protocol/invalid', `from (${stretch.from}) must not come after to (${end})`);
  return stretch;
};

/** What neither the site nor the history has. */
export const toUnknown = (what: 'point' | 'device', id: string): Fault =>
  new Fault('history/unknown', `neither the site nor the history knows a ${what} ${id}`);
