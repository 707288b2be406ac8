import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import type { HubStore } from '../hub-store.ts';
import { forgetMissing, repairWhereNeeded, requestCheck, type Repair } from './repair-database.ts';
import { diskInvariants, type DiskInvariants } from './sqlite-disk.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const hands: DiskInvariants = { ...diskInvariants, createCheckpointer: () => ({ start: () => undefined, close: () => undefined }) };
const open = (path: string, onRepaired: (repair: Repair) => void = () => undefined): HubStore =>
  openSqliteStore({ path, clock: createStillClock().clock, random: Math.random, bootId: 'boot', hands, onRepaired });

const makeDatabase = (): string => {
  const path = join(newFolder(), 'hub.db');
  const store = open(path);
  for (let count = 1; count <= 500; count += 1)
    store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'count', text: 'x'.repeat(100) }]);
  store.close();
  return path;
};

const damage = (path: string): void => {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, 20 * 4096);
  closeSync(file);
};

const codeOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
};

describe('a data folder at a start', () => {
  it('is opened as it is when it is sound', () => {
    const path = makeDatabase();
    const repairs: Repair[] = [];
    open(path, (repair) => repairs.push(repair)).close();
    expect(repairs).toEqual([]);
    expect(readdirSync(join(path, '..')).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  it('is repaired when its database is damaged, and reports what was kept and what was lost', () => {
    const path = makeDatabase();
    damage(path);
    const repairs: Repair[] = [];
    const store = open(path, (repair) => repairs.push(repair));
    expect(repairs).toHaveLength(1);
    expect(repairs[0]?.lost).toBeGreaterThan(0);
    expect(repairs[0]?.kept).toMatch(/hub\.db\.damaged-\d{8}T\d{6}Z$/);
    expect(store.log.head).toBe(500);
    store.close();
    open(path, (repair) => repairs.push(repair)).close();
    expect(repairs).toHaveLength(1);
  });

  it('checks a large database only when the last run met damage', () => {
    const path = makeDatabase();
    damage(path);
    expect(repairWhereNeeded(path, 0)).toBeNull();
    requestCheck(path);
    expect(repairWhereNeeded(path, 0)).toMatchObject({ first: 1, last: 500 });
    expect(repairWhereNeeded(path, 0)).toBeNull();
  });

  it('is refused when its database is gone, until somebody accepts an empty log', () => {
    const path = makeDatabase();
    rmSync(path);
    expect(codeOf(() => open(path))).toBe('store/missing');
    forgetMissing(path);
    const store = open(path);
    expect(store.log.head).toBe(0);
    store.close();
  });
});
