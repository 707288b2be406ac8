import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBatch, toEntryRecords } from '@phloem/bridge/testing';
import { describe, expect, it } from 'vitest';
import { toSqliteDialect } from '../dialects/sqlite.ts';
import { openSqlTarget } from '../sql-target.ts';
import { openSqliteSession } from './sqlite-session.ts';

describe('a file of SQLite that cannot grow', () => {
  it('refuses a batch whole, and takes it once there is room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-sqlite-'));
    try {
      const open = async () => {
        const session = await openSqliteSession({ file: join(folder, 'full.db'), use: 'own' });
        return { session, target: await openSqlTarget(session, toSqliteDialect('phloem'), 'history', null) };
      };
      const records = toEntryRecords(1, 0, 2000);
      const rest = toBatch(records[9], records.slice(10));
      const { session, target } = await open();
      await target.put(toBatch(null, records.slice(0, 10)));
      const pages = (await session.query<{ page_count: number }>('PRAGMA page_count'))[0]?.page_count ?? 0;
      await session.query(`PRAGMA max_page_count = ${pages + 2}`);
      await expect(target.put(rest)).rejects.toMatchObject({ code: 'bridge/refused', message: expect.stringContaining('is full') });
      await target.close();
      const again = await open();
      expect(await again.target.position()).toMatchObject({ lsn: 10 });
      await again.target.put(rest);
      const rows = await again.session.query<{ count: number }>('SELECT count(*) AS count FROM phloem_record');
      expect(rows[0]?.count).toBe(2000);
      expect(await again.target.position()).toMatchObject({ lsn: 2000 });
      await again.target.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
