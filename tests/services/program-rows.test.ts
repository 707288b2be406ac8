import { toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { openMariadbTarget, openPostgresTarget, type ProgramTable } from '@phloem/bridge-sql';
import type { Target } from '@phloem/bridge';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { addressOf, uniqueName } from './support/addresses.ts';

const columns = 'at_local timestamp, room varchar(60), temp_c double precision';

type Stranger = { readonly ask: (text: string) => Promise<readonly Record<string, unknown>[]>; readonly end: () => Promise<void> };

const engines = [
  {
    name: 'PostgreSQL',
    connect: async (): Promise<Stranger> => {
      const client = new Client({ connectionString: addressOf('postgres') });
      await client.connect();
      return { ask: async (text) => (await client.query<Record<string, unknown>>(text)).rows, end: () => client.end() };
    },
    open: (program: ProgramTable, name: string): Promise<Target> =>
      openPostgresTarget({ url: addressOf('postgres'), schema: name, bridge: 'rows', program }),
    drop: (name: string) => `DROP SCHEMA ${name} CASCADE`,
    toText: 'at_local::text',
  },
  {
    name: 'MariaDB',
    connect: async (): Promise<Stranger> => {
      const client = await createConnection({ uri: addressOf('mariadb').replace('mariadb:', 'mysql:') });
      return {
        ask: async (text) => (await client.query(text))[0] as unknown as readonly Record<string, unknown>[],
        end: () => client.end(),
      };
    },
    open: (program: ProgramTable, name: string): Promise<Target> =>
      openMariadbTarget({ url: addressOf('mariadb'), prefix: name, bridge: 'rows', program }),
    drop: (name: string) => `DROP TABLE ${['cursor', 'record', 'reading', 'device_state'].map((table) => `${name}_${table}`).join(', ')}`,
    toText: 'CAST(at_local AS CHAR)',
  },
] as const;

describe.each(engines)('the table of another program in $name', ({ connect, open, drop, toText }) => {
  it('gets a row for each sensor frame, once, in its own columns and local time', async () => {
    const name = uniqueName();
    const table = `${name}_data`;
    const stranger = await connect();
    await stranger.ask(`CREATE TABLE ${table} (${columns})`);
    const program: ProgramTable = {
      table,
      time: { column: 'at_local', zone: 'Europe/Berlin' },
      location: 'room',
      measurements: { temperature: 'temp_c' },
      whenNotGood: 'skip',
    };
    try {
      const target = await open(program, name);
      const records = toEntryRecords(1, 0, 3);
      await target.put(toBatch(null, records.slice(0, 2)));
      await target.put(toBatch(null, records));
      await target.close();
      const again = await open(program, name);
      expect(await again.position()).toMatchObject({ lsn: 3 });
      await again.put(toBatch(records[1], records.slice(2)));
      await again.close();
      expect(await stranger.ask(`SELECT ${toText} AS at, room, temp_c FROM ${table} ORDER BY at_local`)).toEqual([
        { at: '2027-01-15 09:00:01', room: 'flower_room', temp_c: 21.01 },
        { at: '2027-01-15 09:00:02', room: 'flower_room', temp_c: 21.02 },
        { at: '2027-01-15 09:00:03', room: 'flower_room', temp_c: 21.03 },
      ]);
    } finally {
      await stranger.ask(`DROP TABLE ${table}`);
      await stranger.ask(drop(name));
      await stranger.end();
    }
  });
});
