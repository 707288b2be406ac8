import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Fault, type AlarmState, type EntryDraft } from '@phloem/protocol';
import type { DataSpace } from '../store/disk-space.ts';
import { spareBytes, spaceLimits, toSpaceLevel } from '../store/disk-space.ts';
import { createMemoryDisk } from '../store/memory-disk.ts';
import { openHubStore } from '../store/open-hub-store.ts';
import { defaultRetention, runRetention } from './run-retention.ts';

const MiB = 1024 * 1024;
const clock = { at: () => 0, up: () => 0 };

/** A log of notes of 1 KiB each on a disk with so much room, looked at for as long as a test lets it. */
const createRoom = (notes: number) => {
  const disk = { free: 1000 * MiB, reserve: false, spare: 0 };
  const space: DataSpace = {
    free: () => disk.free,
    keepReserve: () => void (disk.reserve = true),
    releaseReserve: () => {
      const was = disk.reserve;
      disk.reserve = false;
      return was;
    },
  };
  const memory = createMemoryDisk();
  const entries = {
    ...memory.entries,
    cut: (to: number): void => {
      disk.spare += (to + 1 - store.log.first) * 1100;
      memory.entries.cut(to);
    },
  };
  const store = openHubStore({ disk: { ...memory, entries, spare: () => disk.spare }, clock, random: Math.random, bootId: 'boot' });
  for (let count = 0; count < notes; count += 1)
    store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'size', text: 'x'.repeat(1024) }]);
  const scheduler = new VirtualTimeScheduler();
  const states = new Map<string, AlarmState>();
  store.log.head$.subscribe(() => {
    for (const entry of store.log.read(0, { entries: 1e6, bytes: 1e9 })) if (entry.kind === 'alarm') states.set(entry.alarm, entry.state);
  });
  const view = { alarmState: (alarm: string): AlarmState => states.get(alarm) ?? 'cleared' };
  const running = runRetention({ store, space, limits: defaultRetention, view, scheduler });
  let until = 0;
  const pass = (ms: number): void => {
    until += ms;
    scheduler.maxFrames = until;
    scheduler.flush();
  };
  return { disk, store, states, pass, running };
};

describe('the room on the disk', () => {
  it('is in order with a reserve, and raises nothing', () => {
    const { disk, states, pass } = createRoom(10);
    pass(10_000);
    expect(disk.reserve).toBe(true);
    expect(states.size).toBe(0);
  });

  it('raises a warning when it gets low, and clears it when there is more', () => {
    const { disk, states, pass } = createRoom(10);
    disk.free = 300 * MiB;
    pass(5000);
    expect(states.get('disk/low')).toBe('active');
    disk.free = 600 * MiB;
    pass(5000);
    expect(states.get('disk/low')).toBe('active');
    disk.free = 900 * MiB;
    pass(5000);
    expect(states.get('disk/low')).toBe('cleared');
  });

  it('makes the newest entries displace the oldest while it is full, logs that once, and grows again afterwards', () => {
    const { disk, store, states, pass } = createRoom(40_000);
    disk.free = 10 * MiB;
    pass(5000);
    expect(disk.reserve).toBe(false);
    expect(states.get('disk/full')).toBe('active');
    // Nothing inside the file was free: so much had to go.
    expect(store.log.first).toBeGreaterThan((spareBytes / (1024 + 128)) * 0.9);
    expect(store.log.first).toBeLessThan(30_000);
    pass(30_000);
    const { first } = store.log;
    pass(60_000);
    expect(store.log.first).toBe(first);
    // What comes now takes the room that went.
    disk.spare -= 8 * MiB;
    pass(5000);
    expect(store.log.first).toBeGreaterThan(first + 7000);
    disk.free = 900 * MiB;
    pass(5000);
    expect(states.get('disk/full')).toBe('cleared');
    expect(disk.reserve).toBe(true);
    const alarms = store.log
      .read(store.log.first, { entries: 1e6, bytes: 1e9 })
      .filter((entry) => entry.kind === 'alarm' && entry.alarm === 'disk/full');
    expect(alarms.map((entry) => entry.kind === 'alarm' && entry.state)).toEqual(['active', 'cleared']);
  });

  it('does not change its level at each byte', () => {
    expect(toSpaceLevel('ample', spaceLimits.low)).toBe('ample');
    expect(toSpaceLevel('low', spaceLimits.low)).toBe('low');
    expect(toSpaceLevel('low', spaceLimits.ample)).toBe('ample');
    expect(toSpaceLevel('full', spaceLimits.full)).toBe('full');
    expect(toSpaceLevel('full', 2 * spaceLimits.full)).toBe('low');
  });
});

describe('an append on a full disk', () => {
  const pulse: readonly EntryDraft[] = [{ kind: 'pulse' }];
  const createFullStore = (makeRoom: () => boolean) => {
    const memory = createMemoryDisk();
    const disk = { isFull: false };
    const store = openHubStore({
      disk: {
        ...memory,
        entries: {
          ...memory.entries,
          append: (row) => {
            memory.entries.append(row);
            if (disk.isFull) throw new Fault('store/full', 'no room');
          },
        },
      },
      clock,
      random: Math.random,
      bootId: 'boot',
      makeRoom: () => {
        disk.isFull = false;
        return makeRoom();
      },
    });
    return { store, disk };
  };

  it('[EV2] is done once more when room could be made, under the same number', () => {
    const { store, disk } = createFullStore(() => true);
    store.log.append(pulse);
    disk.isFull = true;
    expect(store.log.append(pulse).map(({ lsn }) => lsn)).toEqual([2]);
    expect(store.log.read(0, { entries: 9, bytes: 1e6 }).map(({ lsn }) => lsn)).toEqual([1, 2]);
  });

  it('[EV2] fails and leaves nothing behind when no room can be made', () => {
    const { store, disk } = createFullStore(() => false);
    disk.isFull = true;
    expect(() => store.log.append(pulse)).toThrow('no room');
    expect(store.log.head).toBe(0);
  });
});
