import type { Millis } from '@phloem/protocol';

/** Evenly spaced moments: `phase`, `phase + every`, … They never move, however late a poll ends. */
export type Slots = { readonly phase: number; readonly every: Millis };

/** The number of the last slot at or before `now`; −1 before the first. */
export const toSlot = ({ phase, every }: Slots, now: number): number => Math.max(-1, Math.floor((now - phase) / every));

/** The moment of a slot. */
export const toSlotTime = ({ phase, every }: Slots, slot: number): number => phase + slot * every;

/** The next slot to poll after slot `last` was, and how many in between can no longer be met. */
export const toNextSlot = (slots: Slots, last: number, now: number): { readonly slot: number; readonly skipped: number } => {
  // A slot that begins this very moment can still be met.
  const current = toSlot(slots, now);
  const slot = Math.max(last + 1, toSlotTime(slots, current) === now ? current : current + 1);
  return { slot, skipped: slot - last - 1 };
};

/** The phases that spread `count` polls of one interval evenly over it. */
export const toPhase = (start: number, index: number, count: number, every: Millis): number => start + (index * every) / Math.max(1, count);
