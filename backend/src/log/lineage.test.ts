import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEpoch, toEpochAtStart, toSubscriptionStart, type FoundTail, type LastRun } from './lineage.ts';

const last: LastRun = { epoch: 'AAAAAAAAAAAA', lineage: [{ epoch: '000000000000', end: 10 }], bootId: 'boot', cleanHead: null };
const found: FoundTail = { head: 50, isIntact: true, seen: { epoch: 'AAAAAAAAAAAA', lsn: 50 } };
const next = (): string => 'BBBBBBBBBBBB';
const kept = { epoch: last.epoch, lineage: last.lineage };
const begun = { epoch: 'BBBBBBBBBBBB', lineage: [...last.lineage, { epoch: last.epoch, end: 50 }] };

describe('the epoch at a start', () => {
  it.each([
    ['nothing was there before', null, found, 'boot', { epoch: 'BBBBBBBBBBBB', lineage: [] }],
    ['killed, and the machine stayed up', last, found, 'boot', kept],
    ['killed between the write and the note of it', last, { ...found, seen: { epoch: last.epoch, lsn: 49 } }, 'boot', kept],
    ['killed, and the log ends before what was seen', last, { ...found, seen: { epoch: last.epoch, lsn: 51 } }, 'boot', begun],
    ['killed, and nobody knows what was seen', last, { ...found, seen: null }, 'boot', begun],
    ['killed, and the note is of another epoch', last, { ...found, seen: { epoch: '000000000000', lsn: 3 } }, 'boot', begun],
    ['killed, and the newest entry is damaged', last, { ...found, isIntact: false }, 'boot', begun],
    ['the machine was restarted', last, found, 'other', begun],
    ['stopped in order, and the machine was restarted', { ...last, cleanHead: 50 }, found, 'other', kept],
    ['stopped in order, and the log is not what it was', { ...last, cleanHead: 51 }, found, 'other', begun],
    ['stopped in order, and the newest entry is damaged', { ...last, cleanHead: 50 }, { ...found, isIntact: false }, 'other', begun],
  ] as const)('[EV6] %s', (_, run, tail, boot, expected) => {
    expect(toEpochAtStart(run, tail, boot, next)).toEqual(expected);
  });

  it('is named by twelve letters or digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value) => {
        expect(toEpoch(() => value)).toMatch(/^[A-Za-z0-9]{12}$/);
      }),
      { seed: 1 },
    );
  });
});

describe('where a subscription begins', () => {
  const log = {
    epoch: 'C',
    lineage: [
      { epoch: 'A', end: 40 },
      { epoch: 'B', end: 60 },
    ],
    first: 21,
    head: 100,
  };

  it.each([
    ['[GR1] no cursor: at the head', null, { from: 100 }],
    ['a cursor at the head', { epoch: 'C', lsn: 100 }, { from: 100 }],
    ['a cursor in the log', { epoch: 'C', lsn: 70 }, { from: 70 }],
    ['the last number before the oldest', { epoch: 'C', lsn: 20 }, { from: 20 }],
    ['[EV6] an ended epoch, not past its end', { epoch: 'A', lsn: 40 }, { from: 40 }],
    ['[EV6] an ended epoch, past its end', { epoch: 'A', lsn: 45 }, { from: 40, lost: [41, 45], why: 'diverged' }],
    ['[EV6] past the end of the one before', { epoch: 'B', lsn: 61 }, { from: 60, lost: [61, 61], why: 'diverged' }],
    ['[EV5] older than what is kept', { epoch: 'A', lsn: 7 }, { from: 20, lost: [8, 20], why: 'expired' }],
    ['[EV6] past the head: a log that was put back', { epoch: 'C', lsn: 101 }, { from: 100, lost: [101, 101], why: 'diverged' }],
    ['[EV6] an epoch of another log', { epoch: 'Z', lsn: 70 }, { from: 20, why: 'unknown-epoch' }],
  ] as const)('%s', (_, cursor, expected) => {
    expect(toSubscriptionStart(log, cursor)).toEqual(expected);
  });

  it('[EV6] never begins where the cursor has seen numbers that another content bears now', () => {
    const position = fc.record({ epoch: fc.constantFrom('A', 'B', 'C'), lsn: fc.nat(120) });
    fc.assert(
      fc.property(position, (cursor) => {
        const start = toSubscriptionStart(log, cursor);
        const end = { A: 40, B: 60, C: 100 }[cursor.epoch] ?? 0;
        expect(start.from).toBeLessThanOrEqual(Math.max(end, log.first - 1));
        expect(start.from).toBeGreaterThanOrEqual(log.first - 1);
        // Whatever lies between the cursor and the start is named.
        expect(start.lost !== undefined || start.from === cursor.lsn).toBe(true);
      }),
      { seed: 2 },
    );
  });
});
