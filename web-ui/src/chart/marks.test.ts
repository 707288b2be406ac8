import { describe, expect, it } from 'vitest';
import { isShown, toMarkGroups, type ChartMark } from './marks.ts';

const hour = 3_600_000;
const now = 1_000 * hour;
const stretch = { from: now - 4 * hour, now, aheadMs: 0 };
const alarm = (at: number, until: number | null, priority: ChartMark['priority'] = 'P2'): ChartMark => ({
  key: `a ${at}`,
  at,
  until,
  priority,
  text: 'too hot',
});
const note = (at: number): ChartMark => ({ key: `n ${at}`, at, until: null, priority: null, text: 'mist' });

describe('the marks of a chart', () => {
  it.each([
    ['an alarm that was over before it', alarm(now - 6 * hour, now - 5 * hour), false],
    ['an alarm that reaches into it', alarm(now - 6 * hour, now - 3 * hour), true],
    ['an alarm that began before and lasts', alarm(now - 6 * hour, null), true],
    ['a note before it', note(now - 5 * hour), false],
    ['a note in it', note(now - hour), true],
    ['what is after it', alarm(now + hour, null), false],
  ])('%s: %s', (_what, mark, shown) => expect(isShown(mark, stretch)).toBe(shown));

  it('stand at their time, and what began before stands at the edge', () => {
    const groups = toMarkGroups([note(now - 2 * hour), alarm(now - 9 * hour, null)], stretch, 1082);
    expect(groups.map(({ x, sign, label, at }) => [x, sign, label, at])).toEqual([
      [72, 'P2', '2', stretch.from],
      [572, 'note', '', now - 2 * hour],
    ]);
  });

  it('those that would lie over each other are one sign, that of the gravest, and say how many they are', () => {
    const marks = [note(now - hour), alarm(now - hour + 60_000, null, 'P3'), alarm(now - hour + 120_000, null, 'P1'), note(now - 600_000)];
    const groups = toMarkGroups(marks, stretch, 1082);
    expect(groups.map(({ sign, label }) => [sign, label])).toEqual([
      ['P1', '×3'],
      ['note', ''],
    ]);
    expect(groups[0]?.marks.map(({ text }) => text)).toEqual(['mist', 'too hot', 'too hot']);
  });
});
