import { textReason } from '@phloem/protocol';
import { sampleEpoch, toEntryRecords, toEpochRecord } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import { parsePlace, toNatsRecord } from './to-nats-record.ts';

describe('a record in NATS', () => {
  const [record] = toEntryRecords(3, 6, 7);
  if (record === undefined) throw new Error('no record');

  it('has its place, names the record before it, and is published for subscribers on another subject', () => {
    const { subject, text, live } = toNatsRecord(record, 'phloem.my_site');
    expect(subject).toBe('phloem.my_site.log.sensor.flower_room.front');
    expect(JSON.parse(text)).toMatchObject({
      record: 'entry',
      ordinal: 3,
      epoch: sampleEpoch(3),
      lsn: 7,
      prev: 6,
      entry: { kind: 'sensor' },
    });
    expect(live?.subject).toBe('phloem.my_site.sensor.flower_room.front');
    expect(JSON.parse(live?.text ?? '')).toMatchObject({
      at: 1_800_000_007_000,
      lsn: 7,
      readings: { temperature: { v: 23.07, q: 'good' }, humidity: { v: null, q: 'bad', why: textReason('no answer') } },
    });
  });

  it('says where the epoch before it ended, and where entries are missing, only to readers of the stream', () => {
    const epoch = toNatsRecord(toEpochRecord(2, 4, 6), 'phloem');
    expect(epoch).toMatchObject({ subject: 'phloem.log.epoch', live: null });
    expect(JSON.parse(epoch.text)).toMatchObject({ record: 'epoch', end: 4, prev: 6 });
    const gap = toNatsRecord({ kind: 'gap', ordinal: 1, epoch: sampleEpoch(1), lsn: 9, prev: 3, from: 4 }, 'phloem');
    expect(gap).toMatchObject({ subject: 'phloem.log.gap', live: null });
    expect(JSON.parse(gap.text)).toMatchObject({ record: 'gap', from: 4, lsn: 9 });
  });

  it('is found again by its place', () => {
    expect(parsePlace(toNatsRecord(record, 'phloem').text)).toEqual({ ordinal: 3, epoch: sampleEpoch(3), lsn: 7 });
  });

  it.each(['', 'text', 'null', '5', '{}', '{"ordinal":1,"lsn":2}', '{"ordinal":1.5,"epoch":"a","lsn":2}'])('is not %j', (text) => {
    expect(parsePlace(text)).toBeNull();
  });
});
