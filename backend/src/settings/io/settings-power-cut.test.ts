import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSettings } from '../open-settings.ts';
import { token, withToken } from '../settings-contract.ts';
import type { SettingsFolder } from '../generations.ts';
import { openLowdbFile } from './lowdb-settings.ts';

type Inode = { text: string; isSynced: boolean };

/**
 * A folder that can lose power or fail at any of its calls. Names are on disk only after `sync`; content only when it
 * was written synced: otherwise a power cut leaves zeros, as file systems do.
 */
function createFragileFolder() {
  let names = new Map<string, Inode>();
  let namesOnDisk = new Map<string, Inode>();
  let calls = 0;
  let failAt = Infinity;
  let cutAt = Infinity;
  const call = (work: () => void): Promise<void> => {
    calls += 1;
    if (calls >= cutAt) return new Promise(() => undefined);
    if (calls === failAt) return Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' }));
    work();
    return Promise.resolve();
  };
  const find = (name: string): Inode => {
    const inode = names.get(name);
    if (inode === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' });
    return inode;
  };
  const folder: SettingsFolder = {
    list: async () => [...names.keys()],
    read: async (name) => find(name).text,
    writeSynced: (name, text) => call(() => names.set(name, { text, isSynced: true })),
    link: (name, second) => call(() => names.set(second, find(name))),
    rename: (from, to) =>
      call(() => {
        names.set(to, find(from));
        names.delete(from);
      }),
    remove: (name) => call(() => names.delete(name)),
    sync: () => call(() => (namesOnDisk = new Map(names))),
  };
  return {
    folder,
    failAt: (call: number) => {
      failAt = calls + call;
    },
    cutAt: (call: number) => {
      cutAt = calls + call;
    },
    /** The folder after the power is back. `kept` decides for each change of a name that was not synced. */
    restart: (kept: () => boolean) => {
      const found = new Map(namesOnDisk);
      for (const [name, inode] of names) if (found.get(name) !== inode && kept()) found.set(name, inode);
      for (const name of namesOnDisk.keys()) if (!names.has(name) && kept()) found.delete(name);
      for (const inode of found.values()) if (!inode.isSynced) inode.text = '\0'.repeat(inode.text.length);
      names = found;
      namesOnDisk = new Map(found);
      calls = 0;
      failAt = Infinity;
      cutAt = Infinity;
    },
  };
}

const open = async (folder: SettingsFolder) => openSettings(await openLowdbFile(folder, 'settings.json', '/data/settings.json'));

describe('settings and a disk that fails', () => {
  it('[lowdb] no power cut at any moment takes a change that was acknowledged, or leaves half a file', async () => {
    const input = fc.record({
      writes: fc.integer({ min: 1, max: 8 }),
      cut: fc.integer({ min: 1, max: 40 }),
      coins: fc.infiniteStream(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ writes, cut, coins }) => {
        const disk = createFragileFolder();
        const settings = await open(disk.folder);
        disk.cutAt(cut);
        const acknowledged: number[] = [];
        for (let n = 1; n <= writes; n += 1) void settings.update(withToken(n)).then(() => acknowledged.push(n));
        // Every step of a write is a promise that is settled already; after the cut none settles any more.
        await new Promise((resolve) => setImmediate(resolve));
        disk.restart(() => coins.next().value === true);
        const found = (await open(disk.folder)).data.tokens.length;
        expect(found).toBeGreaterThanOrEqual(acknowledged.length);
        expect(found).toBeLessThanOrEqual(acknowledged.length + 1);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  it('[lowdb] a write that fails leaves memory and disk as they were, and rejects its own caller alone', async () => {
    for (let call = 1; call <= 3; call += 1) {
      const disk = createFragileFolder();
      const settings = await open(disk.folder);
      await settings.update(withToken(1));
      disk.failAt(call);
      const second = settings.update(withToken(2));
      const third = settings.update(withToken(3));
      await expect(second).rejects.toMatchObject({ code: 'store/full' });
      expect((await third).tokens).toEqual([token(1), token(3)]);
      expect(settings.data.tokens).toEqual([token(1), token(3)]);
      expect((await open(disk.folder)).data.tokens).toEqual([token(1), token(3)]);
    }
  });

  it('[lowdb] memory does not run ahead of the disk', async () => {
    const disk = createFragileFolder();
    const settings = await open(disk.folder);
    disk.failAt(1);
    const failing = settings.update(withToken(1));
    expect(settings.data.tokens).toEqual([]);
    await expect(failing).rejects.toThrow('no room left');
    expect(settings.data.tokens).toEqual([]);
  });
});
