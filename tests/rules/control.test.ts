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

  it('starts the compressor no more often than compressors withstand, and defrosts four times', () => {
    // Two switches are one start.
    expect(ruled?.switchesByDevice['cold_store/compressor']).toBeLessThan(24 * 2 * 6);
    expect(ruled?.switchesByDevice['cold_store/defrost_heater']).toBe(8);
  });

  describe('is a day that a grower would believe', () => {
    const day = (point: string, hour: number) => {
      const found = ruled?.hours.get(point)?.[hour];
      if (found === undefined) throw new Error(`${point} was not read in hour ${hour}`);
      return found;
    };
    const between = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, n) => from + n);
    /** Hours in which nothing is on its way from day to night or back. */
    const lit = between(8, 17);
    const dark = [...between(0, 5), ...between(21, 24)];
    const sum = (litres: readonly number[] | undefined, hours: readonly number[]): number =>
      hours.reduce((total, hour) => total + (litres?.[hour] ?? Number.NaN), 0);

    it('the lights of the flower room burn from six to six, and those of the cuttings from five to eleven', () => {
      for (const hour of between(7, 17)) expect(day('flower_room/lights', hour)).toEqual({ least: 80, mean: 80, most: 80 });
      for (const hour of [...between(0, 5), ...between(19, 24)]) expect(day('flower_room/lights', hour).most).toBe(0);
      for (const hour of between(7, 22)) expect(day('propagation/lights', hour)).toEqual({ least: 60, mean: 60, most: 60 });
      for (const hour of between(0, 5)) expect(day('propagation/lights', hour).most).toBe(0);
      expect(day('flower_room/front/ppfd', 12).mean).toBeCloseTo(720, -1);
      expect(day('propagation/bench/ppfd', 12).mean).toBeCloseTo(108, -1);
      expect(day('flower_room/front/ppfd', 2).most).toBeLessThan(5);
      // 720 µmol m⁻² s⁻¹ for nearly twelve hours, counted from midnight.
      expect(day('flower_room/front/dli', 20).mean).toBeGreaterThan(28);
      expect(day('flower_room/front/dli', 20).mean).toBeLessThan(32);
    });

    it.each([
      ['flower_room/middle/temperature', 'lit', 24, 27],
      ['flower_room/middle/temperature', 'dark', 19.5, 22.5],
      ['flower_room/middle/humidity', 'lit', 57, 69],
      ['flower_room/middle/humidity', 'dark', 50, 63],
      ['flower_room/middle/vpd', 'lit', 0.7, 1.3],
      ['flower_room/middle/vpd', 'dark', 0.7, 1.15],
      ['flower_room/front/co2', 'lit', 800, 1000],
      ['flower_room/front/co2', 'dark', 380, 600],
      ['flower_room/front/leaf_temperature', 'lit', 23.5, 26.5],
      ['propagation/bench/temperature', 'lit', 22.5, 25],
      ['propagation/bench/temperature', 'dark', 20.5, 24],
      ['propagation/bench/humidity', 'lit', 72, 88],
      ['propagation/bench/vpd', 'lit', 0.4, 0.9],
      ['propagation/bench/vpd', 'dark', 0.4, 0.9],
      ['cold_store/front/temperature', 'lit', 0, 6.5],
      ['cold_store/front/temperature', 'dark', 0, 6],
      ['cold_store/front/humidity', 'lit', 75, 95],
      ['cold_store/machine/product_temperature', 'lit', 1, 3.5],
    ] as const)('%s stays where it belongs while it is %s: from %d to %d', (point, when, low, high) => {
      // The cuttings have light until eleven at night: what is dark there is shorter.
      const hours = when === 'lit' ? lit : point.startsWith('propagation') ? between(1, 5) : dark;
      for (const hour of hours) {
        expect({ hour, least: day(point, hour).least >= low, most: day(point, hour).most <= high }).toEqual({
          hour,
          least: true,
          most: true,
        });
      }
    });

    it('the room is warmer by day than by night, and gets there and back within two hours', () => {
      const noon = day('flower_room/middle/temperature', 12).mean;
      const night = day('flower_room/middle/temperature', 2).mean;
      expect(noon - night).toBeGreaterThan(3.5);
      expect(day('flower_room/middle/temperature', 8).mean).toBeCloseTo(noon, 0);
      expect(day('flower_room/middle/temperature', 20).mean).toBeCloseTo(night, 0);
    });

    it('the crop transpires by day: litres, and several times as much in an hour of light as in one without', () => {
      const { flower_room: flowers, propagation: cuttings } = ruled?.transpired ?? {};
      expect(sum(flowers, between(0, 24))).toBeGreaterThan(10);
      expect(sum(flowers, between(0, 24))).toBeLessThan(50);
      expect(sum(flowers, [12]) / sum(flowers, [2])).toBeGreaterThan(3);
      expect(sum(cuttings, between(0, 24))).toBeGreaterThan(0.5);
      expect(sum(cuttings, between(0, 24))).toBeLessThan(8);
      expect(sum(cuttings, [12])).toBeGreaterThan(sum(cuttings, [2]));
    });
  });
});
