import { textReason, type Entry, type EntryDraft, type Lsn } from '@phloem/protocol';
import type { CommandRecord, HubStore, StoredCheckpoint } from '../hub-store.ts';
import type { HubClock } from '../../log/hub-clock.ts';

/** Opens stores over the same data: each call finds what the last one left. */
export type OpenStore = (options?: { readonly ringBytes?: number; readonly bootId?: string }) => HubStore;

/** A fresh, empty store, cleaned up when the test is over. */
export type StoreBench = { readonly open: OpenStore; readonly clock: { wall: number; up: number } };

export const everything = { entries: 100_000, bytes: 1e9 };
export const numbers = (entries: readonly Entry[]): readonly Lsn[] => entries.map(({ lsn }) => lsn);
export const pulses = (count: number): readonly EntryDraft[] => Array.from({ length: count }, () => ({ kind: 'pulse' }));
export const note = (text: string): EntryDraft => ({ kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'flower_room/front', text });

export const command = (store: HubStore, id: string, accepted: Lsn): CommandRecord => ({
  id,
  device: 'flower_room/heater',
  value: true,
  op: 'set',
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('too cold'),
  cause: { epoch: store.log.epoch, lsn: 1 },
  term: 1,
  scope: 'flower_room',
  accepted: { epoch: store.log.epoch, lsn: accepted },
  stage: 'requested',
  end: null,
});

export const checkpoint = (store: HubStore, cursor: Lsn): StoredCheckpoint => ({
  scope: 'flower_room',
  epoch: store.log.epoch,
  cursor,
  at: 0,
  bundle: 'b'.repeat(64),
  site: 's'.repeat(64),
  engine: '1',
  hash: `hash-${cursor}`,
  state: `{"after":${cursor}}`,
});

/** Clocks that stand still until a test moves them. */
export const createStillClock = (): { readonly clock: HubClock; readonly hands: { wall: number; up: number } } => {
  const hands = { wall: 1_700_000_000_000, up: 0 };
  return { clock: { at: () => hands.wall, up: () => hands.up }, hands };
};
