import { describe, expect, it } from 'vitest';
import { emptyFigures, type BusFigures } from './bus-figures.ts';
import { toCycle } from './bus-status.ts';

const unit = { requests: 9, timeouts: 0, mismatches: 0, checksums: 0, exceptions: 0, unsent: 0 };
const figures: BusFigures = {
  ...emptyFigures(0),
  units: new Map([1, 2].map((id) => [id, { ...unit, latencies: [20, 20, 20] }] as const)),
};
const noPauses = { lineGapMs: 0, gapMs: () => 0, pollDistanceMs: () => 0 };
const blocks = [{ unit: 1 }, { unit: 1 }, { unit: 1 }, { unit: 2 }];

describe('the length of a round of polls', () => {
  it('is the sum of the usual answers where nothing wants a pause', () => {
    expect(toCycle(blocks, figures, noPauses)).toBe(80);
  });

  it('counts the pause of the line after each answer', () => {
    expect(toCycle(blocks, figures, { ...noPauses, lineGapMs: 10 })).toBe(120);
  });

  it('counts the pauses of a unit as far as others cannot fill them', () => {
    const gapOf = (ms: number) => ({ ...noPauses, gapMs: (id: number) => (id === 1 ? ms : 0) });
    expect(toCycle(blocks, figures, gapOf(5))).toBe(80);
    expect(toCycle(blocks, figures, gapOf(100))).toBe(360);
  });

  it('counts the shortest time between two polls of a unit', () => {
    expect(toCycle(blocks, figures, { ...noPauses, pollDistanceMs: (id) => (id === 1 ? 500 : 0) })).toBe(1500);
  });

  it('is not known before every unit has answered', () => {
    expect(toCycle([...blocks, { unit: 3 }], figures, noPauses)).toBeNull();
  });
});
