import { describe, expect, it } from 'vitest';
import { liveDays } from './support/control-day.ts';

describe('the demonstration over 24 hours of its simulated room', () => {
  const [ruled, unruled, stuck] = liveDays({ hours: 24, stepMs: 2000, seed: 1 });

  it('is in band for 95 % of the known time with its rules', () => {
    expect(ruled?.temperatureInBand).toBeGreaterThanOrEqual(0.95);
    expect(ruled?.vpdInBand).toBeGreaterThanOrEqual(0.95);
    expect(ruled?.unknownMinutes).toBeLessThan(1);
  });

  it('leaves the band without them', () => {
    expect(unruled?.temperatureInBand).toBeLessThan(0.5);
    expect(unruled?.vpdInBand).toBeLessThan(0.5);
    expect(unruled?.switches).toBe(0);
  });

  it('leaves the band when the heater does not come on', () => {
    expect(stuck?.temperatureInBand).toBeLessThan(0.95);
    // Only the heater is broken: the others go on.
    expect(stuck?.switchesByDevice['flower_room/dehumidifier_1']).toBeGreaterThan(100);
  });

  it('shows something to a visitor: switches come within a minute of each other', () => {
    expect(ruled?.switches).toBeGreaterThan(24 * 60);
  });
});
