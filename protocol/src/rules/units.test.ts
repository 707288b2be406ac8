import { describe, expect, it } from 'vitest';
import { formatDimension, isSameDimension, kelvin, multiplyDimensions, percent, kilopascal, plain, ppm, temperature } from './dimension.ts';
import { formatDuration, parseDuration, parseQuantity } from './units.ts';

describe('quantities', () => {
  it.each([
    ['26 °C', 26, '°C'],
    ['-5 °C', -5, '°C'],
    ['77 °F', 25, '°C'],
    ['32 °F', 0, '°C'],
    ['±1.0 K', 1, 'K'],
    ['3 K', 3, 'K'],
    ['1.9 kW', 1900, 'W'],
    ['1000 ppm', 1000, 'ppm'],
    ['8 %', 8, '%'],
    ['8%', 8, '%'],
    ['1.25 kPa', 1.25, 'kPa'],
    ['1013.25 hPa', 101.325, 'kPa'],
    ['25 Pa', 25, 'Pa'],
    ['600 μmol/m²/s', 600, 'µmol/m²/s'],
    ['18 %/K', 18, '%/K'],
    ['30 %/min', 0.5, '%/s'],
    ['2 K/h', 0.000555555555556, 'K/s'],
    ['0.7', 0.7, 'number'],
    ['.5', 0.5, 'number'],
    ['1e3 ppm', 1000, 'ppm'],
  ])('%s is %d in %s', (written, value, unit) => {
    const quantity = parseQuantity(written);
    expect(quantity?.value).toBeCloseTo(value, 12);
    expect(quantity && formatDimension(quantity.dimension)).toBe(unit);
  });

  it('tells a width from a value', () => {
    expect(parseQuantity('±1.0 K')?.isPlusMinus).toBe(true);
    expect(parseQuantity('1.0 K')?.isPlusMinus).toBe(false);
  });

  it.each(['', '°C', '26 C', '26 degrees', '1,5 K', '1 2 K', '0x10 K', '1e999 K', 'NaN K', '1 °C/h', '1 K/°C'])(
    '%j is no quantity',
    (written) => {
      expect(parseQuantity(written)).toBeUndefined();
    },
  );
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5min', 300_000],
    ['1h', 3_600_000],
    ['250ms', 250],
    ['1h30min', 5_400_000],
    ['1h 30min', 5_400_000],
    ['0s', 0],
    ['1.5s', 1500],
    ['2d', 172_800_000],
  ])('%s is %d ms', (written, length) => {
    expect(parseDuration(written)).toBe(length);
  });

  it.each(['', '5', '5 s', '-5s', '5m', '5sec', 's', '1e3s', '99999999999999d'])('%j is no duration', (written) => {
    expect(parseDuration(written)).toBeUndefined();
  });

  it.each([
    [250, '250 ms'],
    [90_000, '90 s'],
    [12_300, '12.3 s'],
    [300_000, '5 min'],
    [5_400_000, '90 min'],
    [9_000_000, '2 h 30 min'],
  ])('%d ms is written %s', (length, written) => {
    expect(formatDuration(length)).toBe(written);
  });
});

describe('dimensions', () => {
  it('shares scale other things without leaving a trace', () => {
    expect(multiplyDimensions(kilopascal, percent)).toEqual(kilopascal);
    expect(multiplyDimensions(percent, kilopascal)).toEqual(kilopascal);
    expect(multiplyDimensions(percent, plain)).toEqual(percent);
    expect(multiplyDimensions(plain, percent)).toEqual(percent);
    expect(multiplyDimensions(percent, percent, -1)).toEqual(plain);
  });

  it('products cancel', () => {
    const perKelvin = multiplyDimensions(kilopascal, kelvin, -1);
    expect(perKelvin && multiplyDimensions(perKelvin, kelvin)).toEqual(kilopascal);
  });

  it('a temperature is neither multiplied nor a difference', () => {
    expect(multiplyDimensions(temperature, plain)).toBeUndefined();
    expect(isSameDimension(temperature, kelvin)).toBe(false);
    expect(isSameDimension(percent, ppm)).toBe(false);
  });
});
