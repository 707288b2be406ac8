import { textReason } from '@phloem/protocol';
import type { BridgeRecord } from '@phloem/bridge';
import { describe, expect, it } from 'vitest';
import { createProgramRows, type ProgramTable } from './to-program-rows.ts';

const table: ProgramTable = {
  table: 'sensor_data',
  time: { column: 'created_at', zone: 'Europe/Berlin' },
  location: 'room',
  measurements: { temperature: 'temp_c', door: 'open' },
  whenNotGood: 'skip',
};
const frame = (readings: Extract<Extract<BridgeRecord, { kind: 'entry' }>['entry'], { kind: 'sensor' }>['readings']): BridgeRecord => ({
  kind: 'entry',
  ordinal: 1,
  epoch: 'e',
  lsn: 1,
  prev: 0,
  entry: { lsn: 1, at: Date.UTC(2026, 10, 30, 19, 0, 0, 250), up: 0, kind: 'sensor', location: 'dry', cluster: 'a', readings },
});
const rows = (record: BridgeRecord, to = table, engine: 'sqlite' | 'postgresql' = 'sqlite') => createProgramRows(engine, to)([record]);

describe('the rows of another program', () => {
  it('are one for each sensor frame, in its columns and its time', () => {
    expect(rows(frame({ temperature: { v: 21.5, q: 'good' }, door: { v: true, q: 'good' } }))).toEqual([
      {
        text: 'INSERT INTO "sensor_data" ("created_at", "room", "temp_c", "open") VALUES (?, ?, ?, ?)',
        values: ['2026-11-30 20:00:00.250', 'dry', 21.5, 1],
      },
    ]);
    const [first] = rows(frame({ temperature: { v: 21.5, q: 'good' } }), table, 'postgresql');
    expect(first?.text).toContain('VALUES ($1, $2, $3, $4)');
    expect(first?.values[0]).toBe('2026-11-30 20:00:00.250+01:00');
  });

  it('never repeat a value that is not good', () => {
    const bad = frame({ temperature: { v: 21.5, q: 'stale', why: textReason('no answer') } });
    expect(rows(bad)).toEqual([]);
    expect(rows(bad, { ...table, whenNotGood: 'null' })[0]?.values.slice(2)).toEqual([null, null]);
  });

  it('have nothing of frames without a measurement of theirs', () => {
    expect(rows(frame({ co2: { v: 800, q: 'good' } }), { ...table, whenNotGood: 'null' })).toEqual([]);
  });
});
