import { describe, expect, it } from 'vitest';
import { fuzzBus } from './testing/fuzz-bus.ts';
import type { LineQuirks } from './testing/hostile-line.ts';

describe('20,000 reads on a line that does everything wrong', () => {
  it.each(['tcp', 'rtu'] as const)('[FB3][FB4][FB5] over %s bring no wrong value, and every one settles in its time', async (framing) => {
    const report = await fuzzBus(framing, 20_000, 20_261_123);
    expect({ wrong: report.wrong.slice(0, 5), overdue: report.overdue }).toEqual({ wrong: [], overdue: 0 });
    // A line on which nothing is ever answered would pass as well.
    expect(report.answered).toBeGreaterThan(5_000);
    expect(Object.values(report.deeds).every((times) => times > 20)).toBe(true);
  });
});

describe('10,000 reads of units with ways of their own, on a line that does everything wrong', () => {
  const hole = (reply: number | 'nothing'): LineQuirks => ({
    refuses: (_unit, address, count) => (address <= 20 && address + count > 18 ? reply : null),
  });
  const odd: readonly (readonly [string, LineQuirks])[] = [
    ['that need a pause after each answer', { deafMs: 30 }],
    ['behind a gateway that closes idle connections', { idleMs: 60 }],
    ['that answer whole blocks of four alone', { refuses: (_unit, address, count) => (address % 4 === 0 && count === 4 ? null : 3) }],
    ...[1, 2, 3, 4].map((code) => [`with a hole that answers exception ${code}`, hole(code)] as const),
    ['with a hole that answers nothing', hole('nothing')],
  ];
  const runs = odd.flatMap(([what, quirks]) => (['tcp', 'rtu'] as const).map((framing) => ({ what, quirks, framing })));

  it.each([...runs, { what: 'that name no transaction', quirks: { namesNoTransaction: true }, framing: 'tcp' as const }])(
    '[FB3][FB4][FB5] $what bring no wrong value over $framing, and every one settles in its time',
    async ({ quirks, framing }) => {
      const report = await fuzzBus(framing, 10_000, 20_261_130, 0.3, quirks);
      expect({ wrong: report.wrong.slice(0, 5), overdue: report.overdue }).toEqual({ wrong: [], overdue: 0 });
      expect(report.answered).toBeGreaterThan(200);
    },
  );
});
