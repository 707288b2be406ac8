import type { Entry } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import { describe, expect, it } from 'vitest';
import { ShadowReport } from './shadow-report.ts';
import type { Difference, Shadow, ShadowState } from './step-shadow.ts';

const epoch = 'aaaaaaaaaaaa';
const toEntry = (lsn: number): Entry => ({ kind: 'pulse', lsn, up: lsn * 1000, at: lsn * 1000 });
const toBatch = (...lsns: readonly number[]): Batch => ({
  kind: 'entries',
  sub: 'log',
  epoch,
  from: lsns[0] ?? 0,
  last: lsns.at(-1) ?? 0,
  entries: lsns.map(toEntry),
});

/** Both differ about the heater from the entries in `begins` on, and agree again at those in `ends`. */
const toShadow = (begins: readonly number[], ends: readonly number[]): Shadow => {
  const start = { known: true } as unknown as ShadowState;
  const toDifference = (entry: Entry, isOver: boolean): Difference => ({
    device: 'room/heater',
    at: entry.at,
    lsn: entry.lsn,
    isOver,
    live: { value: false, why: 'warm' },
    candidate: isOver ? { value: false, why: 'warm' } : { value: true, why: 'cold' },
  });
  return {
    start: () => start,
    step: (state, entry) => ({
      state,
      differences: [
        ...(begins.includes(entry.lsn) ? [toDifference(entry, false)] : []),
        ...(ends.includes(entry.lsn) ? [toDifference(entry, true)] : []),
      ],
    }),
  };
};
const open = (shadow: Shadow, isOtherLive: (entry: Entry) => boolean = () => false) =>
  new ShadowReport({ shadow, start: shadow.start(), head: 10, at: 10_000, isOtherLive, toClock: (at) => `${at / 1000} s` });

describe('the report of a shadow', () => {
  it('is silent until the newest entry of its start, and then reports how both stand', () => {
    const agreeing = open(toShadow([3], [5]));
    expect(agreeing.take(toBatch(3, 4, 5))).toEqual([]);
    expect(agreeing.take(toBatch(9, 10))).toEqual(['Both agree now. Differences follow; Ctrl-C ends it.']);
    expect(agreeing.end()).toEqual(['No difference.']);
  });

  it('counts a difference of the start from the newest entry on', () => {
    const report = open(toShadow([3], [15]));
    expect(report.take(toBatch(3, 10))).toEqual([
      'They differ now; what changes follows. Ctrl-C ends it.',
      '3 s  room/heater\n          live       off: warm\n          candidate  on: cold',
    ]);
    expect(report.take(toBatch(15))).toEqual(['15 s  room/heater: both off again']);
    expect(report.end()).toEqual(['room/heater: different once, 5 s in all']);
  });

  it('sums differences up, that of its end included', () => {
    const report = open(toShadow([12, 20], [14]));
    report.take(toBatch(10));
    report.take(toBatch(12, 14, 20, 24));
    expect(report.end()).toEqual(['room/heater: different 2 times, 6 s in all']);
  });

  it('reports that entries are missing', () => {
    const lost: Batch = { kind: 'lost', sub: 'log', epoch, from: 4, to: 8, why: 'truncated' } as unknown as Batch;
    expect(open(toShadow([], [])).take(lost)).toEqual(['Entries are missing here: both may be wrong for a while.']);
  });

  it('ends where something else is put live after its start, and not before', () => {
    const report = open(toShadow([], []), (entry) => entry.lsn === 9 || entry.lsn === 12);
    expect(() => report.take(toBatch(9, 10))).not.toThrow();
    expect(() => report.take(toBatch(12))).toThrow('activated another bundle or site');
  });
});
