import type { PastOffset } from '../store/hub-store.ts';
import type { OffsetEntry, OffsetStatus } from '@phloem/protocol';

/** As far back as the log goes, and no more than a person gives manually. */
const keptMs = 35 * 86_400_000;
const keptOffsets = 500;

/** Pure: the offsets that are over, after an entry that ended the one that stood; whatever began by it does not concern them. */
export const stepPastOffsets = (
  past: readonly PastOffset[],
  before: OffsetStatus | null,
  { at }: Pick<OffsetEntry, 'at'>,
): readonly PastOffset[] => {
  if (before === null || before.isReleased || at <= before.since) return past;
  const { setpoint, delta, since, until } = before;
  // The hub may have been away when its time was over.
  const ended = { setpoint, delta, from: since, to: Math.min(at, until) };
  return [...past, ended].filter(({ to }) => to > at - keptMs).slice(-keptOffsets);
};
