import { describe, expect, it } from 'vitest';
import { maxPauseMs, toPauseMs } from './to-pause-ms.ts';

const now = Date.UTC(2026, 11, 1, 8, 0, 0);
const later = 'Tue, 01 Dec 2026 08:02:00 GMT';

describe('the pause that a receiver asks for', () => {
  it.each([
    ['120', 120_000],
    [' 7 ', 7000],
    ['0', 0],
    [later, 120_000],
    ['Tue, 01 Dec 2026 07:00:00 GMT', 0],
    ['86400', maxPauseMs],
    ['9'.repeat(400), maxPauseMs],
    ['Fri, 31 Dec 9999 23:59:59 GMT', maxPauseMs],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    ['Tue, 99 Dec 2026 08:00:00 GMT', null],
  ])('%j is %s ms', (header, ms) => {
    expect(toPauseMs({ 'retry-after': header }, now)).toBe(ms);
  });

  it('counts from the clock of the receiver, wherever ours has jumped to', () => {
    const headers = { 'retry-after': later, date: 'Tue, 01 Dec 2026 08:01:30 GMT' };
    for (const jumped of [now - 86_400_000, now, now + 86_400_000]) expect(toPauseMs(headers, jumped)).toBe(30_000);
  });

  it('is not known without the header', () => {
    expect(toPauseMs({ date: later }, now)).toBeNull();
  });
});
