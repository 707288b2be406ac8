import { toEntryRecords, toEpochRecord } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import type { BridgeRecord } from '@phloem/bridge';
import type { Entry } from '@phloem/protocol';
import { toAmqpMessage } from './to-amqp-message.ts';

const [frame] = toEntryRecords(1, 6, 7) as [BridgeRecord];
const withEntry = (parts: object): BridgeRecord => ({ ...frame, kind: 'entry', entry: { lsn: 7, at: 1, up: 1, ...parts } as Entry });

describe('a message for RabbitMQ', () => {
  it('carries a sensor frame under the site, location and cluster', () => {
    const { id, key, type, body } = toAmqpMessage(frame, 'greenhouse');
    expect([id, key, type]).toEqual(['epoch0000001:7', 'greenhouse.flower_room.front', 'phloem.sensor']);
    expect(JSON.parse(body)).toMatchObject({ record: 'entry', ordinal: 1, epoch: 'epoch0000001', lsn: 7, prev: 6, entry: { lsn: 7 } });
  });

  it('carries a device state under the site, location and device', () => {
    expect(toAmqpMessage(withEntry({ kind: 'device', device: 'room/fan' }), 'greenhouse').key).toBe('greenhouse.room.fan');
  });

  it('carries what concerns the whole site under its kind, which is no location with a cluster', () => {
    expect(toAmqpMessage(withEntry({ kind: 'pulse' }), 'greenhouse').key).toBe('greenhouse.pulse');
    const epoch = toAmqpMessage(toEpochRecord(2, 4, 6), 'greenhouse');
    expect([epoch.id, epoch.key, epoch.type]).toEqual(['epoch0000002:4', 'greenhouse.epoch', 'phloem.epoch']);
    expect(JSON.parse(epoch.body)).toMatchObject({ record: 'epoch', ordinal: 2, prev: 6, end: 4 });
    const gap = toAmqpMessage({ kind: 'gap', ordinal: 1, epoch: 'epoch0000001', lsn: 9, prev: 2, from: 2 }, 'greenhouse');
    expect(gap.key).toBe('greenhouse.gap');
    expect(JSON.parse(gap.body)).toMatchObject({ record: 'gap', from: 2, lsn: 9 });
  });
});
