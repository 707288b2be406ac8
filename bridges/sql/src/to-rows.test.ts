import { toEntryRecords, toEpochRecord } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import { isPlainName } from './dialects/dialect.ts';
import { toRows, toTruncatedRanges } from './to-rows.ts';

describe('the rows of a batch', () => {
  it('have one reading for each value, with its quality, and none where there is no value', () => {
    const { records, readings } = toRows(toEntryRecords(1, 2, 3));
    expect(records).toMatchObject([{ ordinal: 1, lsn: 3, prev: 2, record: 'entry', kind: 'sensor', at: 1_800_000_003_000 }]);
    expect(readings.map(({ measurement, value, quality, why }) => [measurement, value, quality, why])).toEqual([
      ['temperature', 21.03, 'good', null],
      ['humidity', null, 'bad', 'no answer'],
    ]);
  });

  it('store on and off as 1 and 0', () => {
    const entry = {
      lsn: 1,
      at: 0,
      up: 0,
      kind: 'sensor',
      location: 'a',
      cluster: 'b',
      readings: { door: { v: true, q: 'good' } },
    } as const;
    expect(toRows([{ kind: 'entry', ordinal: 1, epoch: 'e', lsn: 1, prev: 0, entry }]).readings[0]?.value).toBe(1);
  });

  it('have the phase and the author of a device state', () => {
    const entry = {
      lsn: 1,
      at: 5,
      up: 0,
      kind: 'device',
      device: 'a/fan',
      phase: 'confirmed',
      value: true,
      by: { kind: 'user', id: 'anna' },
    } as const;
    expect(toRows([{ kind: 'entry', ordinal: 1, epoch: 'e', lsn: 1, prev: 0, entry }]).devices).toEqual([
      { ordinal: 1, lsn: 1, at: 5, device: 'a/fan', phase: 'confirmed', value: 'true', author: 'user:anna' },
    ]);
  });

  it('say what a new epoch voids, unless its end is not known', () => {
    const epoch = toEpochRecord(2, 4, 6);
    expect(toTruncatedRanges([epoch])).toEqual([{ before: 2, end: 4 }]);
    expect(toTruncatedRanges([{ ...epoch, kind: 'epoch', isEndKnown: false }])).toEqual([]);
  });

  it.each(['public; drop table x', 'Phloem', '1a', '', 'a-b'])('knows that %j needs quotes', (name) => {
    expect(isPlainName(name)).toBe(false);
  });
});
