import { describe, expect, it } from 'vitest';
import { liveDays } from './support/control-day.ts';

describe('the demonstration over 24 hours of its simulated rooms', () => {
  const [ruled, unruled, stuck] = liveDays({ hours: 24, stepMs: 5000, seed: 1 });

  it.each(['flower_room/temp', 'flower_room/vpd', 'flower_room/co2', 'propagation/temp', 'propagation/vpd', 'cold_store/temp'])(
    '%s is in band for 95 % of the known time with the rules',
    (band) => {
      expect(ruled?.inBand[band]).toBeGreaterThanOrEqual(0.95);
    },
  );

  it('knows what it steers by', () => {
    expect(ruled?.unknownMinutes).toBeLessThan(1);
  });

  it('leaves the band without them', () => {
    expect(unruled?.inBand['flower_room/temp']).toBeLessThan(0.5);
    expect(unruled?.inBand['flower_room/vpd']).toBeLessThan(0.5);
    expect(unruled?.inBand['cold_store/temp']).toBeLessThan(0.5);
    expect(unruled?.switches).toBe(0);
  });

  it('leaves the band when the heater does not come on', () => {
    expect(stuck?.inBand['flower_room/temp']).toBeLessThan(0.95);
    // Only the heater is broken: the others go on.
    expect(stuck?.switchesByDevice['flower_room/dehumidifier_1']).toBeGreaterThan(100);
    expect(stuck?.inBand['propagation/temp']).toBeGreaterThanOrEqual(0.95);
  });

  it('shows something to a visitor at any hour: something is switched every few minutes', () => {
    expect(ruled?.longestPauseMs).toBeLessThan(3 * 60_000);
  });

  it('starts the compressor no more often than compressors bear, and defrosts four times', () => {
    // Two switches are one start.
    expect(ruled?.switchesByDevice['cold_store/compressor']).toBeLessThan(24 * 2 * 6);
    expect(ruled?.switchesByDevice['cold_store/defrost_heater']).toBe(8);
  });
});
