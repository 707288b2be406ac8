import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toNextSlot, toPhase, toSlotTime } from './slots.ts';

const slots = { phase: 250, every: millis(1000) };

describe('slots', () => {
  it('[FB11] keep their phase, however late a poll ends', () => {
    expect(toSlotTime(slots, toNextSlot(slots, -1, 0).slot)).toBe(250);
    expect(toSlotTime(slots, toNextSlot(slots, 0, 260).slot)).toBe(1250);
    expect(toSlotTime(slots, toNextSlot(slots, 0, 1249.9).slot)).toBe(1250);
  });

  it('[FB11] that cannot be met are skipped and counted', () => {
    expect(toNextSlot(slots, 0, 3300)).toEqual({ slot: 4, skipped: 3 });
    expect(toNextSlot(slots, 0, 1250)).toEqual({ slot: 1, skipped: 0 });
  });

  it('[FB11] of several polls are spread over the interval', () => {
    expect([0, 1, 2, 3].map((index) => toPhase(100, index, 4, millis(1000)))).toEqual([100, 350, 600, 850]);
  });
});
