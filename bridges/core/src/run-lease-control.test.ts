import type { DeviceState } from '@phloem/protocol';
import type { LeaseStatus, View } from '@phloem/reconnect';
import { BehaviorSubject, NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { LeaseControl } from './run-lease-control.ts';

const fan = (parts: Partial<DeviceState> = {}): DeviceState => ({
  id: 'dry/fan',
  requested: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: { kind: 'node', id: 'bridge-old' },
  why: null,
  since: 1_800_000_000_000,
  lsn: 7,
  ...parts,
});

const none = { points: [], alarms: [], values: [], buses: [], automation: [], overrides: [], offsets: [], interlocks: [] };
const site: Extract<View, { event: 'snapshot' }>['payload']['site'] = {
  timeZone: 'UTC',
  title: 'Site',
  locations: [],
  points: [],
  devices: [],
} as never;

const openRig = () => {
  const views$ = new Subject<View>();
  const lease$ = new BehaviorSubject<LeaseStatus>({ state: 'none' });
  const link = {
    status$: NEVER,
    lease$,
    batches$: () => NEVER,
    latest$: () => views$,
    commit: () => undefined,
    close: async () => undefined,
  };
  const control = new LeaseControl({ origin: '0'.repeat(64), openLink: () => link, toWhy: () => 'asked', onEnd: () => undefined });
  const common = { sub: 'devices', version: 7, at: 1_800_000_000_000, up: 1, ...none };
  return {
    control,
    snapshot: (...devices: readonly DeviceState[]): void =>
      views$.next({ event: 'snapshot', payload: { ...common, devices: [...devices], site } }),
    changes: (...devices: readonly DeviceState[]): void =>
      views$.next({ event: 'changes', payload: { ...common, devices: [...devices], from: 1 } }),
    /** Writes the answers that are due. */
    answer: (): readonly DeviceState[] => {
      const due = control.changed();
      for (const device of due) control.answered(device);
      return due;
    },
  };
};

describe('the states of devices that are answered to a foreign program', () => {
  it('are answered once, though the hub shows all of them again after each cut', () => {
    const rig = openRig();
    rig.snapshot(fan());
    expect(rig.answer()).toHaveLength(1);
    rig.snapshot(fan());
    expect(rig.answer()).toEqual([]);
    rig.changes(fan({ lsn: 9, phase: 'requested', requested: false }));
    expect(rig.answer()).toMatchObject([{ phase: 'requested', lsn: 9 }]);
  });

  it('are answered after a cut that came before they were written', () => {
    const rig = openRig();
    rig.snapshot(fan());
    rig.snapshot(fan());
    expect(rig.answer()).toHaveLength(1);
  });

  it('are answered where they changed during the cut, and never go back', () => {
    const rig = openRig();
    rig.snapshot(fan());
    rig.answer();
    rig.snapshot(fan({ lsn: 12, confirmed: false, requested: false }));
    expect(rig.answer()).toMatchObject([{ confirmed: false, lsn: 12 }]);
    rig.changes(fan());
    expect(rig.answer()).toEqual([]);
  });
});
