import { describe, expect, it } from 'vitest';
import { fromHubId, toHubId, toOutcomeValues, toTableQueueStatements, toTableRequest, type TableQueueMapping } from './queue-statements.ts';

const noon = Date.UTC(2026, 10, 30, 12);
const mapping: TableQueueMapping = {
  table: 'public.device_request',
  id: 'id',
  device: '{room}/{device}',
  names: { Fan: 'fan' },
  value: 'value',
  values: { '1': true, '0': false },
  op: 'op',
  created: { column: 'at', zone: 'UTC' },
  outcome: { phase: 'phase', code: 'code' },
  alive: { table: 'heartbeat', column: 'at', zone: 'UTC' },
};
const row = (parts: object = {}) => ({
  row_id: '17',
  created: '2026-11-30 11:59:58',
  database_now: noon,
  c0: 'dry',
  c1: 'Fan',
  c2: '1',
  op_cell: null,
  reason_cell: null,
  ...parts,
});

describe('a row of a table as a request', () => {
  it('names its device and value in the words of the program, and is as old as the clock of the database says', () => {
    expect(toTableRequest(mapping, row())).toMatchObject({
      wanted: { device: 'dry/fan', value: true, op: 'set', reason: null },
      ageMs: 2000,
    });
    expect(toTableRequest(mapping, row({ op_cell: 'momentary', reason_cell: 'wet' })).wanted).toMatchObject({
      op: 'momentary',
      reason: 'wet',
    });
    expect(toTableRequest(mapping, row({ c2: 30 })).wanted).toMatchObject({ value: 30 });
  });

  it.each([
    ['an unknown device', { c0: 'Dry Room' }, 'device'],
    ['no value', { c2: null }, 'value'],
    ['another op', { op_cell: 'toggle' }, 'op'],
    ['no time', { created: null }, 'at: expected the time'],
    ['a key that the hub does not take', { row_id: 'a b' }, 'id: expected a key'],
    ['a long key', { row_id: 'k'.repeat(48) }, 'id: expected a key'],
  ])('cannot be read with %s', (_, parts, why) => {
    expect(toTableRequest(mapping, row(parts)).wanted).toContain(why);
  });

  it('is known to the hub by its key and time, since a key may be given out again', () => {
    const id = toHubId(row());
    expect(fromHubId(id)).toBe('17');
    expect(toHubId(row({ created: '2026-11-30 12:00:00' }))).not.toBe(id);
    expect(fromHubId(toHubId(row({ row_id: 'a:b' })))).toBe('a:b');
  });
});

describe('the statements of a table as a queue', () => {
  it('give rows without a phase, and write each first outcome once', () => {
    const { rows, settle } = toTableQueueStatements('postgresql', mapping);
    expect(rows(3)).toContain('FROM "public"."device_request" WHERE "phase" IS NULL ORDER BY "at", "id" LIMIT 3');
    expect(settle).toBe('UPDATE "public"."device_request" SET "phase" = $1, "code" = $2 WHERE "id" = $3 AND "phase" IS NULL');
    const outcome = {
      id: '17:0',
      device: 'dry/fan',
      value: true,
      outcome: 'refused',
      phase: 'refused',
      code: 'command/late',
      message: 'old',
    } as const;
    expect(toOutcomeValues(mapping, outcome)).toEqual(['refused', 'command/late']);
  });
});
