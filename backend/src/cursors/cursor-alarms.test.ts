import { describe, expect, it } from 'vitest';
import { isBehind, isLost, toCursorAlarms, toNews } from './cursor-alarms.ts';

const limits = { maxAgeMs: 100_000, maxBytes: 1_000_000 };
const cursor = { name: 'history', node: 'bridge' };

describe('the alarms of named cursors', () => {
  it('[CU4] warn when what was not read has used most of the time or the room of the log', () => {
    expect(isBehind({ ageMs: 80_000, bytes: 800_000 }, limits)).toBe(false);
    expect(isBehind({ ageMs: 80_001, bytes: 0 }, limits)).toBe(true);
    expect(isBehind({ ageMs: 0, bytes: 800_001 }, limits)).toBe(true);
    expect(isBehind(null, limits)).toBe(false);
  });

  it('[CU4] say when entries are gone, and nothing of the warning any more', () => {
    expect([isLost({ lsn: 8 }, { first: 10 }), isLost({ lsn: 9 }, { first: 10 })]).toEqual([true, false]);
    const alarms = toCursorAlarms(cursor, { isLost: true, isBehind: true });
    expect(alarms).toMatchObject([
      { alarm: 'cursor/history/behind', state: 'cleared' },
      { alarm: 'cursor/history/lost', state: 'active', priority: 'P2', why: { code: 'cursor/lost', params: { node: 'bridge' } } },
    ]);
    expect(toNews(alarms, (alarm) => (alarm.endsWith('lost') ? 'acknowledged' : 'cleared'))).toEqual([]);
    expect(toNews(alarms, () => 'cleared').map(({ alarm }) => alarm)).toEqual(['cursor/history/lost']);
  });
});
