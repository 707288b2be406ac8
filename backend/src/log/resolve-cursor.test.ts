import { describe, expect, it } from 'vitest';
import type { FrameLog } from './frame-log.ts';
import { resolveCursor } from './resolve-cursor.ts';

const log = {
  epoch: 'CCCCCCCCCCCC',
  lineage: [
    { epoch: 'AAAAAAAAAAAA', end: 40 },
    { epoch: 'BBBBBBBBBBBB', end: 80 },
  ],
  first: 31,
  head: 120,
} as unknown as FrameLog;

describe('where a subscription begins', () => {
  it.each([
    ['[GR1] no cursor: at the end', null, { from: 120, why: 'new' }],
    ['[EV1] this epoch', { epoch: 'CCCCCCCCCCCC', lsn: 100 }, { from: 100 }],
    ['[EV6] an older epoch, within it: numbers go on', { epoch: 'BBBBBBBBBBBB', lsn: 60 }, { from: 60 }],
    [
      '[EV6] an older epoch, past its end: truncated there',
      { epoch: 'BBBBBBBBBBBB', lsn: 85 },
      { from: 80, lost: [81, 85], why: 'truncated' },
    ],
    ['[EV6] ahead of the log: truncated', { epoch: 'CCCCCCCCCCCC', lsn: 130 }, { from: 120, lost: [121, 130], why: 'truncated' }],
    ['[EV5] what retention has removed is said', { epoch: 'AAAAAAAAAAAA', lsn: 10 }, { from: 30, lost: [11, 30], why: 'expired' }],
    ['[EV5] an epoch that nobody knows', { epoch: 'ZZZZZZZZZZZZ', lsn: 7 }, { from: 30, lost: [1, 30], why: 'unknown-epoch' }],
    ['[EV5] a cursor before everything', { epoch: 'ZZZZZZZZZZZZ', lsn: 0 }, { from: 30, why: 'unknown-epoch' }],
  ] as const)('%s', (_name, cursor, expected) => {
    expect(resolveCursor(cursor, log)).toEqual(expected);
  });

  it('[EV5] nothing is lost to a log that still has its first entry', () => {
    expect(resolveCursor({ epoch: 'ZZZZZZZZZZZZ', lsn: 7 }, { ...log, first: 1 })).toEqual({ from: 0, why: 'unknown-epoch' });
  });
});
