import type { Entry, EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toDevicePast } from './device-past.ts';
import { toSpec } from './testing/gate-fixture.ts';

const spec = toSpec();
const startAt = 1_800_000_000_000;

/** Entries a second apart, from lsn 1. */
const toPast = (...drafts: readonly EntryDraft[]): readonly Entry[] =>
  drafts.map((draft, index): Entry => ({ ...draft, lsn: index + 1, at: startAt + index * 1000, up: 5000 + index * 1000 }));
const read = (past: readonly Entry[], committed: number | null = null, at = startAt + 60_000) =>
  toDevicePast(past, spec, { at, cursors: { get: () => (committed === null ? null : { epoch: 'AAAAAAAAAAAA', lsn: committed }) } });

const pulse: EntryDraft = { kind: 'pulse' };
const lease = (holder: string | null): EntryDraft => ({ kind: 'lease', scope: 'room', term: 3, holder });
const device = (phase: 'confirmed' | 'written' | 'safe' | 'discrepancy', value: boolean, id?: string): EntryDraft => ({
  kind: 'device',
  device: spec.id,
  phase,
  value,
  by: { kind: 'hub' },
  ...(id === undefined ? {} : { id }),
});
const alarm = (name: string, state: 'active' | 'cleared'): EntryDraft => ({ kind: 'alarm', alarm: name, state, priority: 'P2' });

describe('toDevicePast', () => {
  it('[DE5] without a past nobody knows anything', () => {
    expect(read([])).toEqual({ coveredUp: null, switched: null, runs: [], proof: null, alarms: [], override: null });
  });

  it('[DE5] the clock of fail-safe goes on from what the engine had worked off', () => {
    expect(read(toPast(lease('automation-1'), pulse, pulse, pulse, pulse), 4).coveredUp).toBe(8000);
  });

  it('[DE5] … and not from later than the end of the lease', () => {
    expect(read(toPast(lease('automation-1'), pulse, lease(null), pulse, pulse), 5).coveredUp).toBe(7000);
  });

  it('[DE5] … and not from later than the last pulse of the hub', () => {
    expect(read(toPast(lease('automation-1'), pulse, { kind: 'note', by: { kind: 'hub' }, about: 'start', text: '' }), 3).coveredUp).toBe(
      6000,
    );
  });

  it('[DE5] … and, before the first pulse of a hub, from the grant', () => {
    expect(read(toPast(lease('automation-1'), device('confirmed', true, 'request-1')), 1).coveredUp).toBe(5000);
    expect(read(toPast(lease('automation-1'))).coveredUp).toBe(5000);
  });

  it('[DE5] a wall clock that went back makes the time away unknown', () => {
    expect(read(toPast(lease('automation-1'), pulse), 2, startAt).coveredUp).toBeNull();
  });

  it('[DE2] the last start or stop is when a command of ours was proven, or when a change was seen', () => {
    expect(read(toPast(device('confirmed', true, 'request-1'), device('confirmed', true, 'request-2'))).switched).toEqual({
      isOn: true,
      up: 5000,
    });
    expect(read(toPast(device('confirmed', true, 'request-1'), device('discrepancy', false))).switched).toEqual({ isOn: false, up: 6000 });
    expect(read(toPast(device('written', true, 'request-1'))).switched).toBeNull();
  });

  it('[DE2] what was only read at a start may have been so for long', () => {
    expect(read(toPast(device('confirmed', true))).switched).toEqual({ isOn: true, up: null });
  });

  it('[DE6] alarms of this device that stand are known, others are not its own', () => {
    const past = toPast(
      alarm('device/room/heater/discrepancy', 'active'),
      alarm('device/room/heater/silent', 'active'),
      alarm('device/room/heater/silent', 'cleared'),
      alarm('device/room/fan/silent', 'active'),
      alarm('room/heater/unknown', 'active'),
    );
    expect(read(past).alarms).toEqual(['discrepancy']);
  });
});
