import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { inOrder, toSamples, type SampleKey } from '../../../log/samples/entry-samples.ts';
import { openHubStore } from '../../open-hub-store.ts';
import { openLogReader } from '../log-reader.ts';
import { diskInvariants, openSqliteDisk } from '../sqlite-disk.ts';
import { newFolder } from '../testing/new-folder.ts';
import { sealNext, type SealLimits } from './seal-next.ts';
import { openSegmentFiles, toSegmentFolder } from './segment-files.ts';

const limits: SealLimits = { entries: 100, ageMs: 1e12, kept: 20 };
const point = 'room/air/temp';

/** A log that seals each hundred entries at once, and a reader beside it. */
const openBench = () => {
  const path = join(newFolder(), 'hub.db');
  const clock = { at: 1_000_000, up: 1000 };
  const store = openHubStore({
    disk: openSqliteDisk(path, {
      ...diskInvariants,
      sealLimits: limits,
      createCheckpointer: () => ({ start: () => undefined, close: () => undefined }),
      createSealer: (file, _limits, done) => ({
        start: () => {
          const database = new DatabaseSync(file, { readOnly: true });
          const segment = sealNext(database, file, openSegmentFiles(toSegmentFolder(file)), limits);
          database.close();
          done(segment);
        },
        close: () => undefined,
      }),
    }),
    clock: { at: () => clock.at, up: () => clock.up },
    random: () => 0.5,
    bootId: 'boot',
  });
  const reader = openLogReader(path);
  let n = 0;
  const append = (count: number): void => {
    for (const end = n + count; n < end; n += 1) {
      clock.up += 1000;
      // A minute back once in a while, as when somebody sets the clock.
      clock.at += n % 170 === 169 ? -60_000 : 1000;
      const readings = { temp: { v: n / 10, q: 'good' as const }, hum: { v: n, q: 'good' as const } };
      const draft: EntryDraft =
        n % 40 === 39
          ? { kind: 'late', location: 'room', cluster: 'air', measured: clock.at - 45_000, readings }
          : n % 5 === 0
            ? { kind: 'pulse' }
            : { kind: 'sensor', location: 'room', cluster: 'air', readings };
      store.log.append([draft]);
    }
  };
  /** What the entries say, read one after the other. */
  const expected = (from: number, to: number) =>
    inOrder(
      store.log
        .read(0, { entries: 1e6, bytes: 1e9 })
        .flatMap(toSamples)
        .flatMap(({ point: of, ...sample }) => (of === point && sample.at >= from && sample.at <= to ? sample : [])),
    );
  return { path, store, reader, append, expected, clock };
};

describe('the samples of a log, by time', () => {
  it('are the same whether they are sealed or not, over clocks that step back, in any portion', () => {
    const { path, store, reader, append, expected, clock } = openBench();
    for (const count of [90, 60, 400, 7, 300]) {
      append(count);
      for (const [from, to] of [
        [0, 1e9],
        [1_050_000, 1_120_000],
        [clock.at - 30_000, clock.at],
        [clock.at + 1e6, clock.at + 2e6],
      ] as const) {
        const wanted = expected(from, to);
        expect(reader.samples.read({ point, from, to, after: null, limit: Infinity })).toEqual(wanted);
        for (const limit of [1, 30]) {
          const found = [];
          let after: SampleKey | null = null;
          for (;;) {
            const page = reader.samples.read({ point, from, to, after, limit }).slice(0, limit);
            found.push(...page);
            after = page.at(-1) ?? null;
            if (page.length < limit || found.length > 200) break;
          }
          expect(found).toEqual(wanted.slice(0, found.length));
        }
      }
    }
    reader.samples.release();
    expect(reader.samples.read({ point, from: 0, to: 1e9, after: null, limit: Infinity })).toEqual(expected(0, 1e9));
    expect(openSegmentFiles(toSegmentFolder(path)).list().length).toBeGreaterThan(4);
    reader.close();
    store.close();
  });

  it('begin where the log does, and are not there where a segment is damaged', () => {
    const { path, store, reader, append, expected } = openBench();
    append(500);
    expect(reader.samples.reach()).toEqual({ at: 1_001_000, isWhole: true });
    const all = expected(0, 1e9);
    store.retain({ maxAgeMs: store.clock.up() - 1000 - 250_000, maxBytes: 1e9, floor: null });
    const { first } = store.log;
    expect(first).toBe(201);
    const found = reader.samples.read({ point, from: 0, to: 1e9, after: null, limit: Infinity });
    expect(found).toEqual(all.filter(({ lsn }) => lsn >= first));
    expect(reader.samples.reach()).toMatchObject({ isWhole: false });
    writeFileSync(join(toSegmentFolder(path), '000000000301-000000000400.seg'), 'no segment');
    const again = openLogReader(path);
    expect(again.samples.read({ point, from: 0, to: 1e9, after: null, limit: Infinity })).toEqual(
      all.filter(({ lsn }) => lsn >= first && !(lsn > 300 && lsn <= 400)),
    );
    again.close();
    reader.close();
    store.close();
  });
});
