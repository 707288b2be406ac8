import { describe, expect, it } from 'vitest';
import { toRangeBar, toStanding, type RangeFacts } from './range-bar.ts';

const facts: RangeFacts = {
  breach: null,
  value: 26,
  range: { min: -40, max: 125 },
  target: { low: 24.5, high: 26.5 },
  alarm: { low: 22.5, high: 28.5 },
  setpoint: 25.5,
};

describe('range bar', () => {
  it('limits take up the middle half of the bar, whatever the instrument could measure', () => {
    const bar = toRangeBar(facts);
    expect(bar?.ticks).toEqual([0.25, 0.75]);
    expect(bar?.setpoint).toBeCloseTo(0.5);
    expect(bar?.target).toEqual({ from: 5 / 12, to: 7 / 12 });
    expect(bar?.value).toBeCloseTo(0.5417, 3);
  });

  it('never spans more than the instrument can measure', () => {
    expect(toRangeBar({ ...facts, range: { min: 22, max: 29 } })?.ticks).toEqual([0.5 / 7, 6.5 / 7]);
  });

  it('a value off the bar stands at its end', () => {
    expect(toRangeBar({ ...facts, value: 60 })?.value).toBe(1);
    expect(toRangeBar({ ...facts, value: -60 })?.value).toBe(0);
  });

  it('without limits it spans the range of the instrument', () => {
    const bar = toRangeBar({ value: 42.5, range: { min: -40, max: 125 }, target: null, alarm: null, setpoint: null, breach: null });
    expect(bar).toMatchObject({ ticks: [], target: null, value: 0.5, standing: 'unlimited' });
  });

  it('is not drawn when there is nothing to hold a value against', () => {
    expect(toRangeBar({ value: 1, range: null, target: null, alarm: null, setpoint: null, breach: null })).toBeNull();
  });

  it('an open limit reaches to the end', () => {
    expect(toRangeBar({ ...facts, target: { low: 24.5, high: null } })?.target?.to).toBe(1);
  });

  it.each([
    [25, 'within'],
    [26.5, 'within'],
    [26.6, 'off-target'],
    [28.5, 'off-target'],
    [28.6, 'off-target'],
    [22.4, 'off-target'],
    [null, 'none'],
    [Number.NaN, 'none'],
  ] as const)('%s is %s', (value, standing) => expect(toStanding({ ...facts, value })).toBe(standing));

  it('is beyond a limit while the alarm of the hub is active, whatever the value is', () => {
    const breach = { side: 'low', priority: 'P2' } as const;
    expect(toRangeBar({ ...facts, breach })).toMatchObject({ standing: 'below-alarm', breach });
    expect(toStanding({ ...facts, value: null, breach })).toBe('none');
  });
});
