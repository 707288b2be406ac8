import { describe, expect, it } from 'vitest';
import { aheadShare, fromAxis, toAxis, toShare } from './time-scale.ts';
import { firstWindow, stepWindow, toSpanText, toStretch } from './window.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 23, 13);

describe('window', () => {
  it('goes to the next shorter and longer one, and stays at the ends', () => {
    const longest = [1, 2, 3, 4].reduce((state) => stepWindow(state, { kind: 'longer' }), firstWindow);
    expect(longest.window).toBe('7d');
    expect(stepWindow(longest, { kind: 'shorter' }).window).toBe('24h');
    expect([1, 2, 3].reduce((state) => stepWindow(state, { kind: 'shorter' }), firstWindow).window).toBe('1h');
  });

  it('a zoom shows what was chosen and nothing ahead; any window leads back', () => {
    const zoomed = stepWindow(firstWindow, { kind: 'zoom', from: now - hour, to: now - hour / 2 });
    expect(toStretch(zoomed, now + 99)).toEqual({ from: now - hour, now: now - hour / 2, aheadMs: 0 });
    for (const event of [{ kind: 'whole' }, { kind: 'longer' }, { kind: 'shorter' }] as const) {
      expect(stepWindow(zoomed, event)).toEqual(firstWindow);
    }
  });

  it('a slip of the hand is no zoom', () => {
    expect(stepWindow(firstWindow, { kind: 'zoom', from: now, to: now + 1000 })).toBe(firstWindow);
    expect(stepWindow(firstWindow, { kind: 'zoom', from: now, to: now - hour })).toBe(firstWindow);
  });

  it('held still it ends where it was held, until it runs again', () => {
    const frozen = stepWindow(firstWindow, { kind: 'freeze', now });
    expect(toStretch(frozen, now + hour).now).toBe(now);
    expect(toStretch(stepWindow(frozen, { kind: 'freeze', now: now + hour }), now + hour).now).toBe(now + hour);
  });
});

describe('time scale', () => {
  const stretch = toStretch(firstWindow, now);

  it('the next 12 hours take a fifth of the width, whatever the window', () => {
    expect(toShare(stretch, now)).toBeCloseTo(1 - aheadShare);
    expect(toShare(stretch, now + 12 * hour)).toBeCloseTo(1);
    expect(toShare(stretch, now + 6 * hour)).toBeCloseTo(1 - aheadShare / 2);
    expect(toShare(stretch, stretch.from)).toBe(0);
  });

  it('reads back what it has placed', () => {
    for (const at of [stretch.from, now - 1, now, now + hour, now + 12 * hour])
      expect(fromAxis(stretch, toAxis(stretch, at))).toBeCloseTo(at, 3);
  });

  it('without anything ahead it is the time itself', () => {
    const past = { from: now - hour, now, aheadMs: 0 };
    expect(toShare(past, now)).toBe(1);
    expect(toAxis(past, now - 5)).toBe(now - 5);
  });
});

it('the shown span is named in words', () => {
  expect(toSpanText(firstWindow)).toBe('4 h');
  expect(toSpanText({ ...firstWindow, zoom: { from: 0, to: 1 }, frozenAt: 5 })).toBe('selected range, frozen');
});
