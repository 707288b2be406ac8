import type { BusStatus } from '@phloem/protocol';
import type { PollBlock } from '../poll/block-plan.ts';
import { toPercentile, type BusFigures } from './bus-figures.ts';
import { toSilentUnits } from './bus-machine.ts';
import type { BusState } from './bus-state.ts';

/** Claims that the first dial has not ended yet: nothing can be said of the bus. */
export const isNew = ({ link }: BusState): boolean => link.phase === 'dialing' && link.attempt === 0;

/**
 * How a bus stands. A connection that is renewed, after a time-out or because the peer closed it, is not down: it shows
 * as soon as a dial has failed.
 */
export const toBusStatus = (bus: string, units: readonly number[], state: BusState, cycleMs: number | null): BusStatus => {
  const silentUnits = toSilentUnits(state).filter((unit) => units.includes(unit));
  const { link } = state;
  const hasLink = link.phase === 'up' || link.phase === 'away' || (link.phase !== 'closed' && link.attempt === 0);
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

/** The time on the wire that one round of all blocks takes, as their units have answered of late; null when one never has. */
export const toCycle = (blocks: readonly PollBlock[], figures: BusFigures): number | null => {
  let sum = 0;
  for (const block of blocks) {
    const median = toPercentile(figures.units.get(block.unit)?.latencies ?? [], 0.5);
    if (median === null) return null;
    sum += median;
  }
  return Math.round(sum * 10) / 10;
};
