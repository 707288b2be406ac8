import type { BridgeRecord } from '@phloem/bridge';
import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toMessages } from './to-messages.ts';

const at = 1_800_000_000_000;
const toRecord = (entry: object): BridgeRecord => ({
  kind: 'entry',
  ordinal: 1,
  epoch: 'epochAepochA',
  lsn: 7,
  prev: 6,
  entry: { lsn: 7, at, up: 1, ...entry } as Entry,
});
const frame = toRecord({
  kind: 'sensor',
  location: 'room',
  cluster: 'front',
  readings: { air: { v: 23.4, q: 'good' }, door: { v: null, q: 'bad', why: 'broken' } },
});
const read = (record: BridgeRecord, now: number) => toMessages(record, { prefix: 'phloem', now, lifetimeMs: () => 30_000 });

describe('what a broker is given', () => {
  it('is each reading with its quality, for as long as it is current', () => {
    expect(read(frame, at + 4000)).toEqual([
      {
        topic: 'phloem/room/front/air/state',
        payload: '{"value":23.4,"quality":"good","at":"2027-01-15T08:00:00.000Z"}',
        expirySeconds: 26,
      },
      {
        topic: 'phloem/room/front/door/state',
        payload: '{"value":null,"quality":"bad","at":"2027-01-15T08:00:00.000Z"}',
        expirySeconds: 26,
      },
    ]);
  });

  it('lives no longer where the clock of the hub is ahead', () => {
    expect(read(frame, at - 3_600_000).map(({ expirySeconds }) => expirySeconds)).toEqual([30, 30]);
  });

  it('is no reading that is not current any more', () => {
    expect(read(frame, at + 29_000)).toHaveLength(2);
    expect(read(frame, at + 29_001)).toEqual([]);
    expect(read(frame, at + 86_400_000)).toEqual([]);
  });

  it('is the state of a device once it was confirmed, never what was requested', () => {
    const device = (phase: string) => toRecord({ kind: 'device', device: 'room/fan', phase, value: true, by: { kind: 'hub' } });
    for (const phase of ['requested', 'written', 'refused', 'failed']) expect(read(device(phase), at)).toEqual([]);
    expect(read(device('confirmed'), at)).toEqual([
      { topic: 'phloem/room/fan/state', payload: '{"value":true,"at":"2027-01-15T08:00:00.000Z"}', expirySeconds: null },
    ]);
  });

  it('is that the state of a device is not known any more, instead of what was confirmed before', () => {
    const device = toRecord({ kind: 'device', device: 'room/fan', phase: 'unknown', value: null, by: { kind: 'hub' } });
    expect(read(device, at)).toEqual([
      { topic: 'phloem/room/fan/state', payload: '{"value":null,"at":"2027-01-15T08:00:00.000Z"}', expirySeconds: null },
    ]);
  });
});
