import { textReason } from '@phloem/protocol';
import { sampleEpoch, toEntryRecords, toEpochRecord } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import { toScriptArguments } from './append-script.ts';
import { parseStreamId, toRedisRecord, toStreamId } from './to-redis-record.ts';

describe('a record in Redis', () => {
  const [record] = toEntryRecords(3, 6, 7);

  it('has the id of its place, and names the record before it', () => {
    if (record === undefined) throw new Error('no record');
    const { id, fields } = toRedisRecord(record, '');
    expect(id).toBe('3-7');
    expect(parseStreamId(id)).toEqual({ ordinal: 3, lsn: 7 });
    expect(Object.fromEntries(fields)).toMatchObject({ record: 'entry', epoch: sampleEpoch(3), prev: '6', kind: 'sensor' });
  });

  it('gives newest readings their quality and time, and a bad one no value', () => {
    if (record === undefined) throw new Error('no record');
    const { values, message } = toRedisRecord(record, 'test:');
    expect(values.map(([point, text]) => [point, JSON.parse(text)])).toEqual([
      ['flower_room/front/temperature', { v: 23.07, q: 'good', at: 1_800_000_007_000, lsn: 7 }],
      [
        'flower_room/front/humidity',
        { v: null, q: 'bad', why: { ...textReason('no answer'), message: 'no answer' }, at: 1_800_000_007_000, lsn: 7 },
      ],
    ]);
    expect(message?.channel).toBe('test:sensor:flower_room:front');
  });

  it('says where the epoch before it ended', () => {
    expect(Object.fromEntries(toRedisRecord(toEpochRecord(2, 4, 6), '').fields)).toMatchObject({ record: 'epoch', end: '4' });
  });

  it.each(['', '5', '-', '1-x', '1-2-3', '17000000000000000-1'])('knows that %j is no id of a bridge', (id) => {
    expect(parseStreamId(id)).toBeNull();
  });

  it('counts its fields for the script', () => {
    const args = toScriptArguments('', 10, [
      { id: toStreamId({ ordinal: 1, lsn: 1 }), fields: [['a', 'b']], message: null, values: [], devices: [] },
    ]);
    expect(args).toEqual(['', '10', '1-1', '2', 'a', 'b', '', '', '0', '0']);
  });
});
