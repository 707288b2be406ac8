import { reasonOf, Fault, type Entry, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { LogEntries } from '../log/log-entries.ts';
import { createSampleSource, nothingSealed } from '../log/samples/sample-source.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { toStart } from './follow-log.ts';
import { HistoryService, type HistoryNotice } from './history-service.ts';
import type { History } from './history.ts';
import { createMemoryHistory } from './memory-history.ts';

const id = 'flower_room/front/temperature';
const frame = (v: number): EntryDraft => ({
  kind: 'sensor',
  location: 'flower_room',
  cluster: 'front',
  readings: { temperature: { v, q: 'good' } },
});

/** A service over a log in memory; `break` is thrown by the next call of what is named. */
const openService = (options: { open?: () => History; hasRoom?: () => boolean } = {}) => {
  const time = { at: 1000, up: 0 };
  const { log } = createMemoryStore({ clock: { at: () => time.at, up: () => time.up }, random: Math.random });
  const kept = { history: createMemoryHistory() };
  const notices: HistoryNotice[] = [];
  const aside: string[] = [];
  let broken: { readonly call: 'write' | 'open' | 'pointHistory'; readonly fault: unknown; left: number } | null = null;
  const fail = (call: string): void => {
    if (broken === null || broken.call !== call || broken.left === 0) return;
    broken.left -= 1;
    throw broken.fault;
  };
  const service = new HistoryService({
    open:
      options.open ??
      (() => {
        fail('open');
        const { history } = kept;
        return {
          ...history,
          write: (batch) => {
            fail('write');
            return history.write(batch);
          },
          pointHistory: (query) => {
            fail('pointHistory');
            return history.pointHistory(query);
          },
        };
      }),
    openLog: () => {
      const entries: LogEntries = {
        bounds: () => ({ epoch: log.epoch, lineage: log.lineage, first: log.first, head: log.head }),
        read: (after, limit): readonly Entry[] => log.read(after, limit),
      };
      return { ...entries, samples: createSampleSource(entries, nothingSealed), close: () => undefined };
    },
    setAside: (as) => {
      aside.push(as);
      kept.history = createMemoryHistory();
    },
    toFault: (error) => error,
    limits: { rawMs: 1e15, minuteMs: 1e15, hourMs: 1e15, maxBytes: 1e15 },
    hasRoom: () => options.hasRoom?.() ?? true,
    now: () => time.at,
    tell: (notice) => notices.push(notice),
  });
  const append = (...values: readonly number[]): void => {
    for (const v of values) {
      log.append([frame(v)]);
      time.at += 1000;
      time.up += 1000;
    }
  };
  const settle = async (): Promise<void> => {
    for (let pause = 0; pause === 0;) pause = await service.tick();
  };
  const values = async () => (await service.ask('samples', { id, from: 0, to: 1e12, after: null, limit: 1e6 }))?.samples.map(({ v }) => v);
  return {
    service,
    log,
    append,
    settle,
    values,
    notices,
    aside,
    breakCall: (call: 'write' | 'open' | 'pointHistory', fault: unknown, times = 1): void => void (broken = { call, fault, left: times }),
  };
};

const full = new Fault('store/unwritable', 'the disk is full');
const damaged = new Fault('store/damaged', 'a page is not what it must be');

describe('the service of a history', () => {
  it('says what was appended before the question, without waiting for its turn', async () => {
    const { append, settle, values } = openService();
    append(1, 2);
    await settle();
    append(3);
    expect(await values()).toEqual([1, 2, 3]);
  });

  it('leaves the last room on a disk to the log, and goes on without a hole when there is more', async () => {
    const disk = { hasRoom: true };
    const { service, append, settle, values, notices } = openService({ hasRoom: () => disk.hasRoom });
    append(1, 2);
    await settle();
    notices.length = 0;
    disk.hasRoom = false;
    append(3);
    expect(await service.tick()).toBeGreaterThan(0);
    expect(await values()).toEqual([1, 2]);
    disk.hasRoom = true;
    await settle();
    expect(await values()).toEqual([1, 2, 3]);
    expect(notices.map((notice) => notice.kind !== 'note' && [notice.kind, notice.why?.code ?? null])).toEqual([
      ['unwritable', 'history/unwritable'],
      ['unwritable', null],
    ]);
  });

  it('takes each entry in once, though keeping it failed, and says the trouble and its end once', async () => {
    const { service, append, settle, values, notices, breakCall } = openService();
    append(1, 2);
    await settle();
    notices.length = 0;
    append(3);
    breakCall('write', full, 3);
    expect(await service.tick()).toBeGreaterThan(0);
    expect(await values()).toEqual([1, 2]);
    expect(await service.tick()).toBeGreaterThan(0);
    await settle();
    expect(await values()).toEqual([1, 2, 3]);
    expect(notices.map((notice) => notice.kind !== 'note' && [notice.kind, notice.why?.code ?? null])).toEqual([
      ['unwritable', 'history/unwritable'],
      ['unwritable', null],
    ]);
  });

  it('sets aside what is damaged, and builds it again from the log', async () => {
    const { append, settle, values, notices, aside, breakCall } = openService();
    append(1, 2);
    await settle();
    append(3);
    breakCall('write', damaged);
    await settle();
    expect(await values()).toEqual([1, 2, 3]);
    expect(aside).toEqual(['damaged']);
    expect(notices.filter(({ kind }) => kind === 'note')).toHaveLength(1);
  });

  it('sets aside what a newer version has written', async () => {
    const { append, settle, values, aside, breakCall } = openService();
    append(1);
    breakCall('open', new Fault('store/newer', 'schema 9'));
    await settle();
    expect([await values(), aside]).toEqual([[1], ['newer']]);
  });

  it('says of damage that a question finds that it cannot answer now, and answers once it is fixed', async () => {
    const { service, append, settle, aside, breakCall } = openService();
    append(1);
    await settle();
    breakCall('pointHistory', damaged);
    const ask = () => service.ask('pointHistory', { id, from: 0, to: 5000, buckets: 1 });
    await expect(ask()).rejects.toMatchObject({ code: 'history/unavailable' });
    expect((await ask())?.mean).toEqual([1]);
    expect(aside).toEqual(['damaged']);
  });

  it('raises an alarm while it is built from a long log, says what is missing meanwhile, and clears it', async () => {
    const { service, log, settle, notices } = openService();
    for (let n = 0; n < 30; n += 1) log.append(Array.from({ length: 1000 }, (_, index) => frame(index)));
    await service.tick();
    expect(notices[0]).toMatchObject({ kind: 'building', why: reasonOf('history/building', { entries: 30_000 }) });
    const shown = await service.ask('pointHistory', { id, from: 0, to: 9000, buckets: 9 });
    expect(shown?.gaps.at(-1)).toEqual({ from: 1000, to: 9000, why: reasonOf('history/not-built') });
    await settle();
    expect(notices.at(-1)).toMatchObject({ kind: 'building', why: null });
    expect((await service.ask('pointHistory', { id, from: 0, to: 9000, buckets: 9 }))?.gaps).toEqual([]);
  });

  it('goes on with a mistake of its own as with any other trouble', async () => {
    const { append, settle, values, notices, breakCall } = openService();
    append(1);
    breakCall('write', new TypeError('a mistake'));
    await settle();
    await settle();
    expect(await values()).toEqual([1]);
    expect(notices[0]).toMatchObject({ kind: 'note', level: 'error' });
  });
});

describe('where a history goes on', () => {
  const bounds = { epoch: 'BBBBBBBBBBBB', lineage: [{ epoch: 'AAAAAAAAAAAA', end: 50 }], first: 10, head: 80 };
  const cursor = { epoch: 'BBBBBBBBBBBB', lsn: 60, at: 5, up: 5 };
  it.each([
    ['at the first entry when it has none', null, { after: 9, rewind: null, isForeign: false }],
    ['after its cursor', cursor, { after: 60, rewind: null, isForeign: false }],
    [
      'after its cursor of an epoch that has ended',
      { ...cursor, epoch: 'AAAAAAAAAAAA', lsn: 50 },
      { after: 50, rewind: null, isForeign: false },
    ],
    [
      'where that epoch ended, if it had read more',
      { ...cursor, epoch: 'AAAAAAAAAAAA', lsn: 53 },
      { after: 50, rewind: { ...cursor, lsn: 50 }, isForeign: false },
    ],
    [
      'at the first entry of a log that it does not know',
      { ...cursor, epoch: 'CCCCCCCCCCCC' },
      { after: 9, rewind: { ...cursor, lsn: 9 }, isForeign: true },
    ],
    [
      'at the head if it had read more than there is',
      { ...cursor, lsn: 90 },
      { after: 80, rewind: { ...cursor, lsn: 80 }, isForeign: false },
    ],
  ] as const)('[EV6] %s', (_, from, expected) => {
    expect(toStart(from, bounds)).toEqual(expected);
  });
});
