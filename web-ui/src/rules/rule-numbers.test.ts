import { describe, expect, it } from 'vitest';
import { findNumbers, withNumber } from './rule-numbers.ts';

const spec = {
  when: { hysteresis: { on: 'vpd < sp.vpd - kPa(0.07)', off: 'vpd > sp.vpd - kPa(0.02) && temp > degC(-3)' }, for: { on: '90s' } },
  unless: [{ expr: 'door', release: '20s' }],
  reject: '3 K',
  then: [{ request: { device: 'room/heater', value: 'on' } }],
};
const numbers = findNumbers(spec);

describe('the numbers of a rule', () => {
  it('are those with a unit, in expressions and alone', () => {
    expect(numbers.map(({ label, value, unit, step }) => [label, value, unit, step])).toEqual([
      ['when · hysteresis · on', 0.07, 'kPa', 0.01],
      ['when · hysteresis · off', 0.02, 'kPa', 0.01],
      ['when · hysteresis · off', -3, '°C', 1],
      ['when · for · on', 90, 's', 5],
      ['unless · 1 · release', 20, 's', 5],
      ['reject', 3, 'K', 1],
    ]);
    expect(new Set(numbers.map(({ key }) => key)).size).toBe(numbers.length);
  });

  it.each([
    [0, 0.15, 'vpd < sp.vpd - kPa(0.15)'],
    [0, 0.2, 'vpd < sp.vpd - kPa(0.20)'],
    [1, 0.125, 'vpd < sp.vpd - kPa(0.07)'],
  ])('change in their place alone', (i, value, on) => {
    const number = numbers[i];
    if (number === undefined) throw new Error('there is no such number');
    const changed = withNumber(spec, number, value) as typeof spec;
    expect(changed.when.hysteresis.on).toBe(on);
    expect(findNumbers(changed).map(({ key, value: now }) => [key, now])).toEqual(
      numbers.map(({ key, value: was }, at) => [key, at === i ? value : was]),
    );
    expect(changed.then).toEqual(spec.then);
  });

  it('change where they stand alone', () => {
    const number = numbers.at(-1);
    expect(number === undefined ? null : withNumber(spec, number, 2.5)).toMatchObject({ reject: '2.5 K' });
  });
});
