import { join } from 'node:path';
import { describeHubStore } from '../hub-store-contract.ts';
import { createStillClock } from '../testing/store-bench.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

describeHubStore('SQLite', () => {
  const { clock, hands } = createStillClock();
  const path = join(newFolder(), 'data', 'hub.db');
  return { clock: hands, open: (options) => openSqliteStore({ path, clock, random: Math.random, bootId: 'boot', ...options }) };
});
