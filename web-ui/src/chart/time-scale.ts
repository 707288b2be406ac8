/** What a chart shows of the time: the past to scale, and after `now` what is ahead, narrowed to a fifth of the width. */
export type Stretch = {
  readonly from: number;
  /** Where the past ends: the present, or the end of what was zoomed into. */
  readonly now: number;
  /** How much is shown ahead of `now`; 0 shows none. */
  readonly aheadMs: number;
};

/** The share of the width that what is ahead takes. */
export const aheadShare = 0.2;

/** Moves a time to where it stands on the axis, in milliseconds of the past's scale. */
export const toAxis = ({ from, now, aheadMs }: Stretch, at: number): number =>
  at <= now || aheadMs <= 0 ? at : now + (at - now) * toSqueeze(from, now, aheadMs);

/** The time that stands at this place of the axis. */
export const fromAxis = ({ from, now, aheadMs }: Stretch, place: number): number =>
  place <= now || aheadMs <= 0 ? place : now + (place - now) / toSqueeze(from, now, aheadMs);

/** The end of the axis, as a time. */
export const toEnd = ({ now, aheadMs }: Stretch): number => now + Math.max(0, aheadMs);

/** Where a time stands as a share of the width. */
export const toShare = (stretch: Stretch, at: number): number => {
  const { from } = stretch;
  return (toAxis(stretch, at) - from) / (toAxis(stretch, toEnd(stretch)) - from);
};

const toSqueeze = (from: number, now: number, aheadMs: number): number => ((now - from) * aheadShare) / (1 - aheadShare) / aheadMs;
