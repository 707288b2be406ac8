import { describe, expect, it } from 'vitest';
import { fuzzBus } from './testing/fuzz-bus.ts';

describe('20,000 reads on a line that does everything wrong', () => {
  it.each(['tcp', 'rtu'] as const)('[FB3][FB4][FB5] over %s bring no wrong value, and every one settles in its time', async (framing) => {
    const report = await fuzzBus(framing, 20_000, 20_261_123);
    expect({ wrong: report.wrong.slice(0, 5), overdue: report.overdue }).toEqual({ wrong: [], overdue: 0 });
    // A line on which nothing is ever answered would pass as well.
    expect(report.answered).toBeGreaterThan(5_000);
    expect(Object.values(report.deeds).every((times) => times > 20)).toBe(true);
  });
});
