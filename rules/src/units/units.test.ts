import { describe, expect, it } from 'vitest';
import { formatDuration, quantities, type Quantity, quantityNames } from '@phloem/protocol';
import {
  differenceOf,
  dimensionOf,
  formatDimension,
  isNumeric,
  isSameDimension,
  kelvin,
  kilopascal,
  multiplyDimensions,
  percent,
  plain,
  ppm,
  temperature,
  toBase,
  type Dimension,
} from './dimension.ts';
import { convertFactor, parseDimension, parseDuration, parseQuantity, parseUnit, toDimension } from './units.ts';

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

  it('distinguishes a width from a value', () => {
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

describe('the units of quantities', () => {
  const per = (dimension: Dimension, base: string): readonly Dimension[] => [multiplyDimensions(dimension, toBase(base), -1) ?? plain];
  const dimensions = quantityNames
    .map(dimensionOf)
    .filter(isNumeric)
    .flatMap((dimension) => {
      const width = differenceOf(dimension);
      const rates = ['s', 'min', 'h', 'd', 'K'].flatMap((base) => per(width, base));
      const gain = multiplyDimensions(percent, width, -1);
      return [dimension, width, ...rates, ...(gain === undefined ? [] : [gain])];
    });

  it.each(quantityNames.filter((quantity) => quantities[quantity].unit !== ''))(
    'the unit of %s is one that documents may use',
    (quantity) => {
      expect(parseUnit(quantities[quantity].unit)).toEqual({ dimension: dimensionOf(quantity), factor: 1, offset: 0 });
    },
  );

  it('every dimension is read back from how it is written', () => {
    for (const dimension of dimensions) {
      const written = formatDimension(dimension);
      expect({ written, dimension: parseDimension(written) }).toEqual({ written, dimension });
      if (written === 'number') continue;
      const unit = parseUnit(written);
      const factor = unit && convertFactor(unit.dimension, dimension);
      expect([written, unit && factor && Number((unit.factor * factor).toPrecision(12))]).toEqual([written, 1]);
    }
  });

  it.each([
    ['2100 µS/cm', 'conductivity', 2.1],
    ['2.1 dS/m', 'conductivity', 2.1],
    ['0.21 S/m', 'conductivity', 2.1],
    ['20 l/min', 'volume_flow', 1.2],
    ['50 l', 'volume', 0.05],
    ['3.6 km/h', 'wind_speed', 1],
    ['12 mm', 'level', 0.012],
    ['12 mm', 'rainfall', 12],
    ['0.5 mm/min', 'rainfall_rate', 30],
    ['1.2 kPa', 'differential_pressure', 1200],
    ['450 mV', 'redox_potential', 450],
    ['0.45 V', 'redox_potential', 450],
    ['1 GJ', 'energy', 277.777777777778],
    ['3.6 MJ', 'energy', 1],
    ['230 VA', 'apparent_power', 230],
    ['6.2 pH', 'ph', 6.2],
    ['8 g/m³', 'concentration', 8],
    ['1 ppm', 'volatile_organic_compounds', 1000],
    ['1500 rpm', 'rotational_speed', 1500],
    ['2.5 N·m', 'torque', 2.5],
  ] as const)('%s is a %s of %d', (written, quantity, value) => {
    const read = parseQuantity(written);
    expect(read && toDimension(read, dimensionOf(quantity))).toBeCloseTo(value, 9);
  });

  it('distinguishes what only looks alike', () => {
    const convert = (written: string, quantity: Quantity): number | undefined => {
      const read = parseQuantity(written);
      return read && toDimension(read, dimensionOf(quantity));
    };
    expect(convert('1 kWh', 'power')).toBeUndefined();
    expect(convert('1 var', 'power')).toBeUndefined();
    expect(convert('1 VA', 'power')).toBeUndefined();
    expect(convert('1 m/s', 'length')).toBeUndefined();
    expect(convert('1 K', 'temperature')).toBeUndefined();
    expect(convert('1 m³/h', 'volume')).toBeUndefined();
    expect(convert('1 %', 'mole_fraction')).toBeUndefined();
  });
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
