import { execFileSync } from 'node:child_process';
import type * as FileSystem from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

/** What the disk holds for certain: the write-ahead log as it was when the newest sync that is over began. */
const { onDisk } = vi.hoisted((): { readonly onDisk: { log: Buffer } } => ({ onDisk: { log: Buffer.alloc(0) } }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof FileSystem>();
  const read = (descriptor: number): Buffer => {
    const log = Buffer.alloc(fs.fstatSync(descriptor).size);
    fs.readSync(descriptor, log, 0, log.length, 0);
    return log;
  };
  return {
    ...fs,
    fdatasync: (descriptor: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      const log = read(descriptor);
      fs.fdatasync(descriptor, (error) => {
        onDisk.log = log;
        done(error);
      });
    },
    fdatasyncSync: (descriptor: number) => {
      onDisk.log = read(descriptor);
      fs.fdatasyncSync(descriptor);
    },
  };
});

const everything = { entries: 10_000, bytes: 1e9 };
const open = (path: string, bootId: string) =>
  openSqliteStore({ path, clock: createStillClock().clock, random: Math.random, bootId, ringBytes: 4000 });

/** What a power cut does to the part of the write-ahead log that was not synced. */
const cuts = {
  'is dropped': (synced: Buffer) => synced,
  'is cut at a byte': (synced: Buffer, later: Buffer, at: number) => Buffer.concat([synced, later.subarray(0, at)]),
  'is full of zeros from a byte on': (synced: Buffer, later: Buffer, at: number) =>
    Buffer.concat([synced, later.subarray(0, at), Buffer.alloc(later.length - at)]),
  'has lost a block': (synced: Buffer, later: Buffer, at: number) => {
    const holed = Buffer.from(later);
    return Buffer.concat([synced, holed.fill(0, at - (at % 512), Math.min(later.length, at - (at % 512) + 512))]);
  },
} as const;

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('raise' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('sync' as const) }) },
  ),
  { minLength: 4, maxLength: 24 },
);

describe('a power cut', () => {
  it.each(Object.keys(cuts) as (keyof typeof cuts)[])(
    '[EV6] takes nothing that was durable, when what was not synced %s',
    async (cut) => {
      await fc.assert(
        fc.asyncProperty(steps, fc.double({ min: 0, max: 1, noNaN: true }), async (plan, where) => {
          const [folder, copy] = [newFolder(), newFolder()];
          const store = open(join(folder, 'hub.db'), 'before');
          const sent: Entry[] = [];
          for (const step of plan) {
            if (step.kind === 'append') {
              const draft = { kind: 'note', by: { kind: 'hub' }, about: 'count', text: `${sent.length}`.repeat(30) } as const;
              sent.push(...store.log.append(Array.from({ length: step.count }, () => draft)));
            } else if (step.kind === 'raise') {
              store.terms.raise();
            } else {
              await store.sync();
            }
          }
          // The database as it is; the log as a power cut leaves it. A process of its own copies `hub.db`, since a plain
          // close of it in this one would drop SQLite's locks.
          execFileSync('cp', [join(folder, 'hub.db'), copy]);
          const whole = readFileSync(join(folder, 'hub.db-wal'));
          const synced = whole.subarray(0, onDisk.log.length);
          const later = whole.subarray(onDisk.log.length);
          writeFileSync(join(copy, 'hub.db-wal'), cuts[cut](synced, later, Math.floor(where * later.length)));

          const found = open(join(copy, 'hub.db'), 'after');
          try {
            expect(found.log.head).toBeGreaterThanOrEqual(store.durable);
            expect(found.terms.last).toBe(store.terms.last);
            expect(found.log.read(0, everything)).toEqual(sent.slice(0, found.log.head));
            expect(found.log.epoch).not.toBe(store.log.epoch);
            expect(found.log.lineage).toEqual([{ epoch: store.log.epoch, end: found.log.head }]);
            expect(found.log.append([{ kind: 'pulse' }])[0]?.lsn).toBe((found.log.lineage[0]?.end ?? -1) + 1);
          } finally {
            found.close();
            store.close();
          }
        }),
        { seed: 7, numRuns: 12 },
      );
    },
    30_000,
  );

  it('[EV6] takes nothing that was durable when it strikes right after a checkpoint of the write-ahead log', async () => {
    const [folder, copy] = [newFolder(), newFolder()];
    const store = open(join(folder, 'hub.db'), 'before');
    const pulses = Array.from({ length: 200 }, () => ({ kind: 'pulse' }) as const);
    store.log.append(pulses);
    execFileSync(process.execPath, [
      '--input-type=module',
      '-e',
      `import { DatabaseSync } from 'node:sqlite'; new DatabaseSync(process.argv[1]).exec('PRAGMA wal_checkpoint(PASSIVE)')`,
      join(folder, 'hub.db'),
    ]);
    // The log starts over with this one; its old content is still behind it in the file.
    store.log.append(pulses);
    await store.sync();
    const durable = store.durable;
    const wal = onDisk.log;
    store.log.append(pulses);
    execFileSync('cp', [join(folder, 'hub.db'), copy]);
    writeFileSync(join(copy, 'hub.db-wal'), wal);
    const found = open(join(copy, 'hub.db'), 'after');
    expect(found.log.head).toBe(durable);
    expect(found.log.read(0, everything)).toHaveLength(400);
    found.close();
    store.close();
  });

  it('[EV6] does not bring back the orderly stop before it', () => {
    const [folder, copy] = [newFolder(), newFolder()];
    const first = open(join(folder, 'hub.db'), 'before');
    first.log.append([{ kind: 'pulse' }]);
    first.close();
    const store = open(join(folder, 'hub.db'), 'before');
    store.log.append([{ kind: 'pulse' }]);
    execFileSync('cp', [join(folder, 'hub.db'), copy]);
    writeFileSync(join(copy, 'hub.db-wal'), onDisk.log);
    const found = open(join(copy, 'hub.db'), 'after');
    // Number 2 was sent, and is gone: anyone who has seen it must not meet another number 2 of the same epoch.
    expect(found.log.lineage).toEqual([{ epoch: store.log.epoch, end: 1 }]);
    found.close();
    store.close();
  });
});
