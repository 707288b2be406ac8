import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteSession } from './sqlite-session.ts';

describe('a SQLite file', () => {
  it('can be read where it has integers that are too large for a number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phloem-sqlite-'));
    const session = await openSqliteSession({ file: join(folder, 'old.db'), use: 'own' });
    try {
      await session.query('CREATE TABLE readings (id INTEGER PRIMARY KEY, value INTEGER)');
      await session.query('INSERT INTO readings VALUES (1, 20), (2, 9223372036854775807)');
      const rows = await session.query('SELECT id, value FROM readings ORDER BY id');
      expect(rows).toEqual([
        { id: 1, value: 20 },
        { id: 2, value: 9223372036854775807n },
      ]);
    } finally {
      await session.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
