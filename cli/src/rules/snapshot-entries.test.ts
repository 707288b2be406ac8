import { stepOffsetStatus, stepOverrideStatus, type OffsetEntry, type OverrideEntry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toSnapshotEntries } from './snapshot-entries.ts';

const anna = {
  at: 1_800_000_000_000,
  up: 50_000,
  by: { kind: 'user', id: 'anna' },
  reason: 'test',
  forMs: 60_000,
  until: 1_800_000_060_000,
} as const;
const offset: OffsetEntry = { ...anna, lsn: 9, kind: 'offset', setpoint: 'room/climate/temp', delta: 1.5 };
const override: OverrideEntry = { ...anna, lsn: 7, kind: 'override', device: 'room/fan', value: 40 };

describe('what operators hold when somebody begins to read', () => {
  it('is shown by the entries that it stands by, in their order, but for those that he will read himself', () => {
    const [moved, taken] = [stepOffsetStatus(null, offset), stepOverrideStatus(null, override)];
    if (moved === null || taken === null) throw new Error('nothing stands');
    const view = { overrides: [taken], offsets: [moved] };
    expect(toSnapshotEntries(view, 9)).toEqual([override, offset]);
    expect(toSnapshotEntries(view, 8)).toEqual([override]);
  });
});
