import type { Position, SubscriptionGrant } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { resume } from './grant.ts';
import { isTruncated, splitByEpoch, toEpoch, type LogLineage } from './lineage.ts';
import { epochA, epochB } from './testing/fake-network.ts';

const epochC = 'epochCepochC';
const same = { epoch: epochA, lineage: [] };
const later = { epoch: epochB, lineage: [{ epoch: epochA, end: 100 }] };

type Row = [string, Position | null, Omit<SubscriptionGrant, 'sub'>, LogLineage, Position, [number, number] | null];

describe('where a subscription goes on', () => {
  it.each([
    ['nothing was delivered', null, { from: 40 }, same, { epoch: epochA, lsn: 40 }, null],
    ['the hub goes on from the commit', { epoch: epochA, lsn: 50 }, { from: 40 }, same, { epoch: epochA, lsn: 50 }, null],
    [
      'the log has been cut up to what is here already',
      { epoch: epochA, lsn: 50 },
      { from: 45, lost: [41, 45], why: 'expired' },
      same,
      { epoch: epochA, lsn: 50 },
      null,
    ],
    [
      'the log has been cut past what is here',
      { epoch: epochA, lsn: 50 },
      { from: 60, lost: [41, 60], why: 'expired' },
      same,
      { epoch: epochA, lsn: 60 },
      [51, 60],
    ],
    ['[EV6] a new epoch began after what is here', { epoch: epochA, lsn: 90 }, { from: 80 }, later, { epoch: epochA, lsn: 90 }, null],
    [
      '[EV6] the old epoch ended before what is here',
      { epoch: epochA, lsn: 110 },
      { from: 80 },
      later,
      { epoch: epochA, lsn: 80 },
      [81, 110],
    ],
    [
      '[EV6] the hub reports that entries are lost',
      { epoch: epochA, lsn: 110 },
      { from: 100, lost: [101, 110], why: 'truncated' },
      later,
      { epoch: epochA, lsn: 100 },
      [101, 110],
    ],
    [
      'the hub does not know the epoch',
      { epoch: epochC, lsn: 7 },
      { from: 0, lost: [1, 7], why: 'unknown-epoch' },
      same,
      { epoch: epochA, lsn: 0 },
      [1, 7],
    ],
  ] satisfies Row[])('%s', (_, cursor, grant, log, expected, lost) => {
    const resumption = resume(cursor, { sub: 'log', ...grant }, log);
    expect(resumption.cursor).toEqual(expected);
    expect(resumption.lost?.lost ?? null).toEqual(lost);
  });
});

describe('the lineage', () => {
  it('[EV6] each number belongs to the epoch that had not ended before it', () => {
    const log = {
      epoch: epochC,
      lineage: [
        { epoch: epochA, end: 10 },
        { epoch: epochB, end: 30 },
      ],
    };
    expect([1, 10, 11, 30, 31].map((lsn) => toEpoch(log, lsn))).toEqual([epochA, epochA, epochB, epochB, epochC]);
  });

  it('[EV6] a position past the end of its epoch is in discrepancy, one at its end is not', () => {
    expect(isTruncated(later, { epoch: epochA, lsn: 100 })).toBe(false);
    expect(isTruncated(later, { epoch: epochA, lsn: 101 })).toBe(true);
    expect(isTruncated(later, { epoch: epochC, lsn: 1 })).toBe(true);
    expect(isTruncated(later, { epoch: epochB, lsn: 9000 })).toBe(false);
  });

  it('[EV6] a batch over the end of an epoch comes out in parts that each name their own', () => {
    const entries = [99, 100, 101].map((lsn) => ({ lsn, at: 0, up: 0, kind: 'pulse' as const }));
    expect(splitByEpoch(later, 98, 103, entries)).toMatchObject([
      { epoch: epochA, from: 98, last: 100, entries: [{ lsn: 99 }, { lsn: 100 }] },
      { epoch: epochB, from: 100, last: 103, entries: [{ lsn: 101 }] },
    ]);
  });
});
