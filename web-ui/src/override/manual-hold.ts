import { toPersonText, type OverrideStatus } from '@phloem/protocol';
import { toCountText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** Whose hand holds something, why, and for how long still. */
export type ManualHold = {
  readonly by: string;
  readonly reason: string;
  /** How long it stands still: `41:07`. */
  readonly left: string;
  readonly until: string;
  readonly untilUp: number;
  readonly isEnding: boolean;
};

// The hub warns as long before; its own constant would bring schemas into the first screen.
const endingMs = 120_000;

type Hand = Pick<OverrideStatus, 'by' | 'reason' | 'until' | 'untilUp'>;

/** An override or an offset as it is shown. What is left is counted in the hub's running time. */
export const toManualHold = ({ by, reason, until, untilUp }: Hand, hubUp: number, at: number, time: SiteTime): ManualHold => {
  const leftMs = Math.max(0, untilUp - hubUp);
  return {
    by: toPersonText(by),
    reason,
    left: toCountText(leftMs),
    until: time.moment(until, at),
    untilUp,
    isEnding: leftMs < endingMs,
  };
};
