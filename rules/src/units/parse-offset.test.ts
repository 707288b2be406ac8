import { describe, expect, it } from 'vitest';
import { dimensionOf } from './dimension.ts';
import { formatOffset, parseOffset } from './parse-offset.ts';

const celsius = dimensionOf('temperature');

describe('an offset as people write it', () => {
  it.each([
    ['+1.5 K', celsius, 1.5],
    ['-2K', celsius, -2],
    ['0.2 kPa', dimensionOf('vapour_pressure_deficit'), 0.2],
    ['+50 Pa', dimensionOf('differential_pressure'), 50],
    ['-100 ppm', dimensionOf('mole_fraction'), -100],
    ['+3', dimensionOf('number'), 3],
  ] as const)('%s', (written, dimension, delta) => {
    expect(parseOffset(written, dimension)).toBe(delta);
  });

  it.each([
    ['+1.5 °C', celsius, 'K', 'a difference is written in K'],
    ['+1.5', celsius, 'K', 'say the unit: write it as "+1.5 K"'],
    ['+1.5 kPa', celsius, 'K', 'write it as "+1.5 K"'],
    ['±1.5 K', celsius, 'K', 'say + or -'],
    ['+1 K', dimensionOf('number'), 'numbers without a unit', 'write it as "+1.5"'],
    ['warmer', celsius, 'K', 'write it as'],
    ['', dimensionOf('mole_fraction'), 'ppm', 'write it as'],
  ] as const)('“%s” is none, and it says how to write it', (written, dimension, expected, hint) => {
    expect(parseOffset(written, dimension)).toMatchObject({ expected, hint: expect.stringContaining(hint) });
  });

  it('is shown with its sign and its unit', () => {
    expect([formatOffset(1.5, celsius), formatOffset(-100, dimensionOf('mole_fraction'))]).toEqual(['+1.5 K', '−100 ppm']);
    expect(formatOffset(0.1 + 0.2, dimensionOf('vapour_pressure_deficit'))).toBe('+0.3 kPa');
  });
});
