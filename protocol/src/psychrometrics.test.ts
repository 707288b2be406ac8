import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absoluteHumidity,
  airVapourPressureDeficit,
  dewPoint,
  enthalpy,
  leafVapourPressureDeficit,
  saturationVapourPressure,
  wetBulb,
} from './psychrometrics.ts';

const seed = { seed: 20261123, numRuns: 1000 };

describe('psychrometrics against published tables', () => {
  /** Steam tables as printed in ASHRAE Fundamentals, chapter 1, table 3: °C, kPa. */
  const steam = [
    [0, 0.6112],
    [5, 0.8726],
    [10, 1.228],
    [15, 1.7057],
    [20, 2.3392],
    [25, 3.1698],
    [30, 4.2467],
    [35, 5.629],
    [40, 7.385],
    [50, 12.352],
    [60, 19.946],
    [80, 47.415],
    [100, 101.42],
  ] as const;
  it.each(steam)('[RE4] saturation at %f °C is %f kPa within 0.15 %', (celsius, kpa) => {
    expect(Math.abs(saturationVapourPressure(celsius) / kpa - 1)).toBeLessThan(0.0015);
  });

  it('[RE4] saturation over supercooled water at −20 °C is 0.1254 kPa (WMO, Goff-Gratch) within 0.5 %', () => {
    expect(Math.abs(saturationVapourPressure(-20) / 0.1254 - 1)).toBeLessThan(0.005);
  });

  /** Saturation deficit, FAO-56 table 2.3 (its own curve, 0.1 % off): °C, % rh, kPa. */
  it.each([
    [25, 50, 1.584],
    [20, 0, 2.338],
    [30, 75, 1.061],
    [18, 100, 0],
  ] as const)('[RE4] the deficit of air at %f °C and %f rh is %f kPa within 0.005 kPa', (celsius, rh, kpa) => {
    expect(Math.abs(airVapourPressureDeficit(celsius, rh) - kpa)).toBeLessThan(0.005);
  });

  it('[RE4] a leaf 1.5 K below air of 26 °C and 65 % is drawn at by 0.89 kPa, and by nothing below its dew point', () => {
    expect(leafVapourPressureDeficit(24.5, 26, 65)).toBeCloseTo(0.89, 2);
    expect(leafVapourPressureDeficit(10, 26, 65)).toBe(0);
  });

  /** Common hygrometric tables: °C, % rh, dew point °C. */
  it.each([
    [20, 50, 9.3],
    [25, 60, 16.7],
    [30, 70, 23.9],
    [10, 90, 8.4],
    [0, 50, -9.2],
  ] as const)('[RE4] the dew point of %f °C and %f rh is %f °C within 0.1 K', (celsius, rh, dew) => {
    expect(Math.abs(dewPoint(celsius, rh) - dew)).toBeLessThan(0.1);
  });

  /** Density of saturated vapour, the steam tables: °C, g/m³. */
  it.each([
    [0, 4.85],
    [10, 9.41],
    [20, 17.31],
    [25, 23.07],
    [30, 30.41],
    [40, 51.2],
  ] as const)('[RE4] saturated air at %f °C holds %f g/m³ within 0.5 %', (celsius, grams) => {
    expect(Math.abs(absoluteHumidity(celsius, 100) / grams - 1)).toBeLessThan(0.005);
  });

  /** ASHRAE Fundamentals, chapter 1, table 2: saturated moist air at 101.325 kPa: °C, kJ/kg. */
  it.each([
    [0, 9.475],
    [10, 29.354],
    [20, 57.555],
    [30, 100.006],
    [40, 166.683],
    [50, 275.345],
  ] as const)('[RE4] saturated air at %f °C carries %f kJ/kg within 1 %', (celsius, kj) => {
    expect(Math.abs(enthalpy(celsius, 100) / kj - 1)).toBeLessThan(0.01);
  });

  /** Read off the chart, and rounded, as printed. */
  it('[RE4] ASHRAE worked example: 40 °C with a wet bulb of 20 °C is air of 14 %, 7 °C dew point, 56.7 kJ/kg', () => {
    const rh = 14;
    expect(Math.abs(wetBulb(40, rh) - 20)).toBeLessThan(0.15);
    expect(Math.abs(dewPoint(40, rh) - 7)).toBeLessThan(0.5);
    expect(Math.abs(enthalpy(40, rh) - 56.7)).toBeLessThan(0.6);
  });

  it('[RE4] the wet bulb of 20 °C and 50 % is 13.7 °C (Stull 2011), and lower pressure lowers it', () => {
    expect(Math.abs(wetBulb(20, 50) - 13.7)).toBeLessThan(0.15);
    expect(wetBulb(20, 50, 85)).toBeLessThan(wetBulb(20, 50));
  });
});

describe('psychrometrics out of range', () => {
  it('[RE4] what is outside the range of a formula is no value, and never thrown', () => {
    for (const celsius of [-80.1, 100.1, Number.NaN, Infinity, -Infinity]) {
      expect(saturationVapourPressure(celsius)).toBeNaN();
      expect(dewPoint(celsius, 50)).toBeNaN();
      expect(absoluteHumidity(celsius, 50)).toBeNaN();
      expect(enthalpy(celsius, 50)).toBeNaN();
      expect(wetBulb(celsius, 50)).toBeNaN();
      expect(leafVapourPressureDeficit(celsius, 20, 50)).toBeNaN();
      expect(leafVapourPressureDeficit(20, celsius, 50)).toBeNaN();
    }
    for (const rh of [-0.1, 100.1, Number.NaN]) {
      for (const derive of [airVapourPressureDeficit, dewPoint, absoluteHumidity, enthalpy, wetBulb]) {
        expect(derive(20, rh)).toBeNaN();
      }
    }
  });

  it('[RE4] dry air has no dew point, a bulb that could freeze no temperature, boiling water no ratio', () => {
    expect(dewPoint(20, 0)).toBeNaN();
    expect(wetBulb(2, 20)).toBeNaN();
    expect(enthalpy(100, 100, 90)).toBeNaN();
    expect(enthalpy(20, 50, Number.NaN)).toBeNaN();
  });
});

describe('psychrometrics in between', () => {
  const celsius = fc.double({ min: 0, max: 60, noNaN: true });
  const rh = fc.double({ min: 1, max: 100, noNaN: true });

  it('[RE4] dew point ≤ wet bulb ≤ air, equal when saturated', () => {
    fc.assert(
      fc.property(celsius, rh, (t, humidity) => {
        const bulb = wetBulb(t, humidity);
        fc.pre(!Number.isNaN(bulb));
        expect(dewPoint(t, humidity)).toBeLessThanOrEqual(t + 1e-9);
        expect(bulb).toBeLessThanOrEqual(t + 0.001);
        expect(bulb).toBeGreaterThanOrEqual(dewPoint(t, humidity) - 0.001);
        expect(dewPoint(t, 100)).toBeCloseTo(t, 6);
      }),
      seed,
    );
  });

  it('[RE4] air at its dew point holds the same vapour, saturated', () => {
    fc.assert(
      fc.property(celsius, rh, (t, humidity) => {
        expect(saturationVapourPressure(dewPoint(t, humidity))).toBeCloseTo((saturationVapourPressure(t) * humidity) / 100, 9);
      }),
      seed,
    );
  });

  it('[RE4] a deficit is never negative, and falls as humidity rises', () => {
    fc.assert(
      fc.property(celsius, rh, (t, humidity) => {
        expect(airVapourPressureDeficit(t, humidity)).toBeGreaterThanOrEqual(0);
        expect(airVapourPressureDeficit(t, humidity / 2)).toBeGreaterThan(airVapourPressureDeficit(t, humidity));
      }),
      seed,
    );
  });
});
