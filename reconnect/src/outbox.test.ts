import type { DeviceStateFrame } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { expireCommands, putCommands, sendCommands, settleCommands, unsendCommands, unsentCommands, type Outbox } from './outbox.ts';

const frame = (id: string, device: string, more: Partial<DeviceStateFrame> = {}): DeviceStateFrame => ({
  id,
  device,
  value: true,
  op: 'set',
  cause: { epoch: 'epochAepochA', lsn: 1 },
  ttlMs: 5000,
  why: { code: 'text', params: { text: '' } },
  ...more,
});
const ids = (outbox: Outbox): string[] => unsentCommands(outbox, 3).map(({ id }) => id);
const both = putCommands([], [frame('id-heater-1', 'room/heater'), frame('id-fan-1', 'room/fan')], 3, 0);

describe('the outbox', () => {
  it('[LE3] keeps a frame until the log shows its id', () => {
    expect(ids(unsendCommands(settleCommands(sendCommands(both, 3), new Set(['id-fan-1']))))).toEqual(['id-heater-1']);
  });

  it('[LE3] sends again only what is still wanted: a newer request takes the place of the older', () => {
    expect(ids(putCommands(both, [frame('id-heater-2', 'room/heater', { value: false })], 3, 1))).toEqual(['id-fan-1', 'id-heater-2']);
  });

  it('[LE3] a frame of a later term waits for its grant', () => {
    expect(ids(putCommands(both, [frame('id-heater-2', 'room/heater')], 4, 1))).toEqual(['id-fan-1']);
  });

  it('[CO2] the same id is not taken twice', () => {
    const sent = sendCommands(both, 3);
    expect(ids(putCommands(sent, [frame('id-heater-1', 'room/heater')], 3, 1))).toEqual([]);
  });

  it('[CO6] a momentary command is never merged', () => {
    const first = putCommands([], [frame('id-pulse-1', 'room/valve', { op: 'momentary' })], 3, 0);
    expect(ids(putCommands(first, [frame('id-pulse-2', 'room/valve', { op: 'momentary' })], 3, 0))).toEqual(['id-pulse-1', 'id-pulse-2']);
  });

  it('[CO7] forgets what the hub would refuse as late', () => {
    expect(ids(expireCommands(both, 4999))).toHaveLength(2);
    expect(ids(expireCommands(both, 5000))).toEqual([]);
  });
});
