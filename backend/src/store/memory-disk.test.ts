import type { Lsn } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHubClock } from '../log/hub-clock.ts';
import { createStillClock } from './testing/store-bench.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { createMemoryStore } from './memory-store.ts';

const { clock } = createStillClock();
const pulse = { kind: 'pulse' } as const;
const everything = { entries: 1000, bytes: 1e9 };

describe('a power cut in memory', () => {
  it('[EV6] leaves what was synced and the oldest of what was not, under a new epoch', async () => {
    const act = fc.oneof(fc.constant('append' as const), fc.constant('sync' as const), fc.constant('raise' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), fc.nat(5), async (acts, survivors) => {
        const store = createMemoryStore({ clock, random: Math.random, bootId: 'before' });
        for (const one of acts) {
          if (one === 'append') store.log.append([pulse, pulse]);
          else if (one === 'raise') store.terms.raise();
          else await store.sync();
        }
        const head: Lsn = store.log.head;
        const { durable } = store;
        const found = createMemoryStore({ clock, random: Math.random, bootId: 'after', disk: store.crash(survivors) });
        expect(found.log.head).toBeGreaterThanOrEqual(durable);
        expect(found.log.head).toBeLessThanOrEqual(Math.min(head, durable + 2 * survivors));
        expect(found.terms.last).toBe(store.terms.last);
        expect(found.log.read(0, everything)).toHaveLength(found.log.head);
        expect(found.log.lineage).toEqual([{ epoch: store.log.epoch, end: found.log.head }]);
      }),
      { seed: 21 },
    );
  });

  it('fails what was under way, so that nobody takes it for durable', async () => {
    let finish = (): void => undefined;
    const disk = createMemoryDisk({ syncTakes: () => new Promise((resolve) => (finish = resolve)) });
    const store = createMemoryStore({ clock, random: Math.random, disk });
    store.log.append([pulse]);
    const syncing = store.sync();
    await Promise.resolve();
    const left = store.crash();
    finish();
    await expect(syncing).rejects.toThrow('gone');
    expect(store.durable).toBe(0);
    expect(left.entries.bounds()).toBeNull();
    // After a failed sync no later one may succeed: the pages may be lost although the disk says nothing more.
    await expect(store.sync()).rejects.toThrow('gone');
  });

  it('batches the syncs that are asked for while one is under way', async () => {
    const started: (() => void)[] = [];
    const disk = createMemoryDisk({ syncTakes: () => new Promise((resolve) => started.push(resolve)) });
    const store = createMemoryStore({ clock, random: Math.random, disk });
    store.log.append([pulse]);
    const first = store.sync();
    await Promise.resolve();
    store.log.append([pulse]);
    const second = store.sync();
    store.log.append([pulse]);
    const third = store.sync();
    expect(started).toHaveLength(1);
    started[0]?.();
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(started).toHaveLength(2);
    started[1]?.();
    expect([await second, await third]).toEqual([3, 3]);
    store.close();
  });
});

describe('a start after the end of a process', () => {
  it('goes on by the clock of the kernel', () => {
    let kernel = 1000;
    const start = (disk = createMemoryDisk()) =>
      createMemoryStore({
        random: Math.random,
        disk,
        clock: (past) => createHubClock({ wall: () => 5, monotonic: () => kernel, kernelUptime: kernel }, past),
      });
    const store = start();
    kernel += 300;
    expect(store.log.append([pulse])[0]?.up).toBe(300);
    kernel += 70;
    const again = start(store.disk);
    expect(again.clock.up()).toBe(370);
    expect(again.log.append([pulse])[0]).toMatchObject({ lsn: 2, up: 370 });
    kernel += 5;
    expect(start(again.disk).clock.up()).toBe(375);
  });
});
