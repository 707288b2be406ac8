import type { BusStatus } from '@phloem/protocol';
import type { PollBlock } from '../poll/block-plan.ts';
import { toPercentile, type BusFigures } from './bus-figures.ts';
import { toSilentUnits } from './bus-machine.ts';
import type { BusState } from './bus-state.ts';
import type { BusTiming } from './bus-timing.ts';

/** So long a connection may be gone before it shows: readings are not stale earlier. */
const graceMs = 5_000;

/**
 * Claims that nothing can be said of the bus yet: no unit has answered, and it was not tried for long enough. The other side
 * may still be starting, and this process may be too busy to notice an answer. `openMs`: how long ago the bus was opened.
 */
export const isNew = ({ link, hasAnswered }: BusState, openMs: number): boolean =>
  !hasAnswered && (openMs < graceMs || (link.phase === 'dialing' && link.attempt === 0));

/**
 * How a bus stands. What happens to a connection is no fault by itself: gateways end those that nobody uses, and some
 * refuse the next for a moment. A bus that has answered is down when readings are missed for it.
 */
export const toBusStatus = (bus: string, units: readonly number[], state: BusState, cycleMs: number | null, now: number): BusStatus => {
  const silentUnits = toSilentUnits(state).filter((unit) => units.includes(unit));
  const { link, brokenSince, hasAnswered } = state;
  const isBroken = brokenSince !== null && (!hasAnswered || now - brokenSince >= graceMs);
  const hasLink = link.phase !== 'closed' && !isBroken;
  const isSilent = units.length > 0 && silentUnits.length === units.length;
  return {
    bus,
    state: !hasLink || isSilent ? 'down' : silentUnits.length > 0 ? 'partial' : 'up',
    silentUnits: [...silentUnits],
    cycleMs,
  };
};

/** Claims that nobody would see a difference. */
export const isSameStatus = (a: BusStatus, b: BusStatus): boolean =>
  a.bus === b.bus && a.state === b.state && a.cycleMs === b.cycleMs && a.silentUnits.join() === b.silentUnits.join();

/**
 * How long one round of all blocks takes, as their units have answered of late and with the pauses that line and units are
 * given; null when a unit has never answered. While one unit has its pause, the others are served.
 */
export const toCycle = (
  blocks: readonly Pick<PollBlock, 'unit'>[],
  figures: BusFigures,
  { lineGapMs, gapMs, pollDistanceMs }: Pick<BusTiming, 'lineGapMs' | 'gapMs' | 'pollDistanceMs'>,
): number | null => {
  let lineMs = 0;
  const units = new Map<number, number>();
  for (const { unit } of blocks) {
    const median = toPercentile(figures.units.get(unit)?.latencies ?? [], 0.5);
    if (median === null) return null;
    lineMs += median + lineGapMs;
    const ownMs = Math.max(median + Math.max(lineGapMs, gapMs(unit)), pollDistanceMs(unit));
    units.set(unit, (units.get(unit) ?? 0) + ownMs);
  }
  return Math.round(Math.max(lineMs, ...units.values()) * 10) / 10;
};
