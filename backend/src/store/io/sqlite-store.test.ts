import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createStillClock, describeHubStore } from '../hub-store-contract.ts';
import { openSqliteStore } from './sqlite-store.ts';

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describeHubStore('SQLite', () => {
  const { clock, hands } = createStillClock();
  const path = join(newFolder(), 'data', 'hub.db');
  return { clock: hands, open: (options) => openSqliteStore({ path, clock, random: Math.random, bootId: 'boot', ...options }) };
});
