import { describe, expect, it } from 'vitest';
import { fillUnknown, toSpanShare } from './known-spans.ts';

describe('how high a state is drawn', () => {
  it('a switch, a percentage, a mode and a set-point', () => {
    expect([true, false, null].map((value) => toSpanShare(value))).toEqual([1, 0, null]);
    expect([40, 0, 100].map((value) => toSpanShare(value, { kind: 'percent' }))).toEqual([0.4, 0, 1]);
    expect(['cool', 'off'].map((value) => toSpanShare(value, { kind: 'mode', modes: [] }))).toEqual([1, 0]);
    const setpoint = { kind: 'setpoint' as const, quantity: 'temperature' as const, range: { min: 16, max: 30 }, step: 0.5 };
    expect([23, 30, 99].map((value) => toSpanShare(value, setpoint))).toEqual([0.5, 1, 1]);
    expect(toSpanShare(16, setpoint)).toBeGreaterThan(0);
  });
});

describe('stretches that no span covers', () => {
  it('are not known, before, between and after', () =>
    expect(
      fillUnknown(
        [
          { from: 10, to: 20, share: 1 },
          { from: 30, to: 40, share: 0 },
        ],
        0,
        50,
      ),
    ).toEqual([
      { from: 0, to: 10, share: null },
      { from: 10, to: 20, share: 1 },
      { from: 20, to: 30, share: null },
      { from: 30, to: 40, share: 0 },
      { from: 40, to: 50, share: null },
    ]));
});
