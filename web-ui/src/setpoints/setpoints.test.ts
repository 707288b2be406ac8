import { describe, expect, it } from 'vitest';
import { toLightTurn, toSetpointAt } from './setpoint-at.ts';

describe('set-point at a moment', () => {
  const steps = [
    { at: 0, value: 20, isRamp: false },
    { at: 1000, value: 20, isRamp: true },
    { at: 2000, value: 26, isRamp: false },
  ];
  it.each([
    [-1, null],
    [0, 20],
    [999, 20],
    [1500, 23],
    [2000, 26],
    [9000, 26],
  ])('at %i it is %s', (at, value) => expect(toSetpointAt({ steps }, at)).toBe(value));
});

describe('the change of lights', () => {
  const hour = 3_600_000;
  const dark = [
    { from: 30 * hour, to: 42 * hour },
    { from: 6 * hour, to: 18 * hour },
  ];
  it('says how long it is to dark, and to light', () => {
    expect(toLightTurn(dark, 1.8 * hour)).toMatchObject({ isDark: false, text: '4 h 12 m to dark', at: 6 * hour });
    expect(toLightTurn(dark, 6 * hour)).toMatchObject({ isDark: true, text: '12 h 0 m to light' });
    expect(toLightTurn(dark, 18 * hour)).toMatchObject({ isDark: false, text: '12 h 0 m to dark' });
  });
  it('counts seconds in the last ten minutes alone', () => {
    expect(toLightTurn(dark, 6 * hour - 610_000)?.text).toBe('10 m to dark');
    expect(toLightTurn(dark, 6 * hour - 90_000)?.text).toBe('1 m 30 s to dark');
  });
  it('says nothing where nothing is known', () => {
    expect(toLightTurn([], 0)).toBeNull();
    expect(toLightTurn(dark, 50 * hour)).toBeNull();
  });
});
