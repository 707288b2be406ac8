import { describe, expect, it } from 'vitest';
import { isOn, isSameValue, isValueOf, toWord } from './device-value.ts';
import { toSpec } from './testing/gate-fixture.ts';
import { createClockText, createMomentText, createTimeText } from '@phloem/protocol';

const withRegister = (type: 'u16' | 'f32', scale: number) => {
  const { write } = toSpec();
  const place = { ...write, register: { ...write.register, table: 'holding', type, scale } as const };
  return toSpec({ kind: 'percent', write: place, readBack: place });
};

describe('the value of a device', () => {
  it.each([
    [withRegister('u16', 1), 33.4, 33, true],
    [withRegister('u16', 1), 33.6, 33, false],
    [withRegister('u16', 0.1), 33.44, 33.4, true],
    [withRegister('u16', 0.1), 33.5, 33.4, false],
    [withRegister('f32', 1), 33.4, 33.400001525878906, true],
    [withRegister('f32', 1), 33.4, 33.41, false],
    [toSpec(), true, true, true],
    [toSpec(), true, false, false],
    [toSpec(), true, 1, false],
  ] as const)('[DE6] is compared as finely as its registers are: %#', (spec, a, b, isSame) => {
    expect(isSameValue(spec, a, b)).toBe(isSame);
  });

  it.each([
    ['switch', true, true],
    ['switch', 1, false],
    ['percent', 0, true],
    ['percent', 100, true],
    ['percent', 100.1, false],
    ['percent', -1, false],
    ['percent', Number.NaN, false],
    ['percent', true, false],
  ] as const)('[CO3] a %s takes %s: %s', (kind, value, isTaken) => {
    expect(isValueOf({ kind }, value)).toBe(isTaken);
  });

  it('[DE8] is said in words', () => {
    expect([true, false, 40].map((value) => toWord(value))).toEqual(['on', 'off', '40 %']);
    expect([true, false, 40, 0].map(isOn)).toEqual([true, false, true, false]);
  });

  it('[DE8] a time is said as the people of the site read it, over a change of the clocks', () => {
    const toTimeText = createTimeText('Europe/Amsterdam');
    expect(toTimeText(Date.parse('2026-03-29T00:59:59Z'))).toBe('01:59:59');
    expect(toTimeText(Date.parse('2026-03-29T01:00:00Z'))).toBe('03:00:00');
    expect(toTimeText(Date.parse('2026-01-01T23:00:00Z'))).toBe('00:00:00');
    const toMoment = createMomentText('Europe/Amsterdam');
    expect(toMoment(Date.parse('2026-03-29T00:59:59Z'))).toBe('2026-03-29 01:59 CET');
    expect(toMoment(Date.parse('2026-03-29T22:00:00Z'))).toBe('2026-03-30 00:00 CEST');
    expect(createClockText('Asia/Kathmandu')(Date.parse('2026-03-29T18:15:00.012Z'))).toBe('00:00:00.012 GMT+5:45');
    expect(createClockText('Europe/Amsterdam', 'second')(Date.parse('2026-03-29T00:59:59Z'))).toBe('01:59:59 CET');
  });
});
