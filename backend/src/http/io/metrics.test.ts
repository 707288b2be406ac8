import { textReason, type Author, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createAlarmService } from '../../alarms/alarm-service.ts';
import { createFakeBusDiagnostics } from '../../field/testing/fake-bus-diagnostics.ts';
import { createHubFixture } from '../../sessions/testing/hub-fixture.ts';
import { watchHub, type WatchedHub } from './hub-gauges.ts';
import { createMetrics } from './metrics.ts';

const warm = { kind: 'alarm', alarm: 'room/warm', priority: 'P2', by: { kind: 'hub' }, why: textReason('warm') } as const;
const by: Author = { kind: 'user', id: 'anna' };

/** The metrics of a hub whose alarms are the test's to raise. */
const openMetrics = () => {
  const hub = createHubFixture();
  const alarms = createAlarmService({ log: hub.store.log, clock: hub.store.clock, view: hub.view });
  const metrics = createMetrics();
  const { view, gate, sessions } = hub;
  const watched: WatchedHub = { view, gate, sessions, cursors: { list: () => [] }, bridges: { list: () => [] }, ingest: null };
  const storage = () =>
    Promise.resolve({
      since: hub.store.clock.at() - 3_600_000,
      logBytes: 5e6,
      historyBytes: 2e6,
      bytesPerDay: 1e7,
      keepMs: 1e9,
      keepBytes: 1e9,
      freeBytes: 3e9,
      fullInMs: null,
    });
  watchHub(metrics.registry, { hub: watched, store: hub.store, buses: createFakeBusDiagnostics(), storage });
  const append = (...drafts: EntryDraft[]): void => {
    hub.store.log.append(drafts);
    hub.refresh();
  };
  /** The series that are not 0. */
  const read = async (): Promise<readonly string[]> => {
    hub.refresh();
    const lines = (await metrics.registry.getSingleMetricAsString('phloem_alarms')).split('\n').filter((line) => !line.startsWith('#'));
    return lines.filter((line) => line !== '' && !line.endsWith(' 0')).toSorted();
  };
  const readAll = async (): Promise<string> => metrics.registry.getSingleMetricAsString('phloem_alarms');
  const readFigure = async (name: string): Promise<string | undefined> =>
    (await metrics.registry.getSingleMetricAsString(name)).split('\n').find((line) => line.startsWith(name));
  return { hub, alarms, append, read, readAll, readFigure };
};

const series = (priority: string, state: string, count: number): string =>
  `phloem_alarms{priority="${priority}",state="${state}"} ${count}`;

describe('the figures of the storage', () => {
  it('say how far back the log goes and what is free, and have no series for what is not known', async () => {
    const { readFigure } = openMetrics();
    expect(await readFigure('phloem_log_age_seconds')).toBe('phloem_log_age_seconds 3600');
    expect(await readFigure('phloem_log_bytes')).toBe('phloem_log_bytes 5000000');
    expect(await readFigure('phloem_disk_free_bytes')).toBe('phloem_disk_free_bytes 3000000000');
    expect(await readFigure('phloem_disk_full_seconds')).toBeUndefined();
  });
});

describe('phloem_alarms', () => {
  it('follows an alarm from its onset over its acknowledgement to its end', async () => {
    const { append, alarms, read } = openMetrics();
    expect(await read()).toEqual([]);
    append({ ...warm, state: 'active' });
    expect(await read()).toEqual([series('P2', 'unacknowledged', 1)]);
    alarms.acknowledge({ alarms: [warm.alarm], by, comment: null });
    expect(await read()).toEqual([series('P2', 'acknowledged', 1)]);
    append({ ...warm, state: 'cleared' });
    expect(await read()).toEqual([]);
  });

  it('counts an alarm that ends before anybody has acknowledged it, until somebody does', async () => {
    const { append, alarms, read } = openMetrics();
    append({ ...warm, state: 'active' }, { ...warm, state: 'cleared' });
    expect(await read()).toEqual([series('P2', 'returned_unacknowledged', 1)]);
    alarms.acknowledge({ alarms: [warm.alarm], by, comment: null });
    expect(await read()).toEqual([]);
  });

  it('counts a shelved alarm as shelved, whatever becomes of it, and as active again at its end', async () => {
    const { append, alarms, read, hub } = openMetrics();
    append({ ...warm, state: 'active' });
    alarms.shelve({ alarms: [warm.alarm], by, forMs: 60_000, reason: 'defrost' });
    expect(await read()).toEqual([series('P2', 'shelved', 1)]);
    hub.time.up += 60_001;
    alarms.look();
    expect(await read()).toEqual([series('P2', 'unacknowledged', 1)]);
  });

  it('counts by priority', async () => {
    const { append, read } = openMetrics();
    append(
      { ...warm, state: 'active' },
      { ...warm, alarm: 'room/hot', state: 'active' },
      { ...warm, alarm: 'room/fire', priority: 'P1', state: 'active' },
    );
    expect(await read()).toEqual([series('P1', 'unacknowledged', 1), series('P2', 'unacknowledged', 2)]);
  });

  it('has a series of 0 for what there is none of, so that a rule for it can be written', async () => {
    const { readAll } = openMetrics();
    const text = await readAll();
    for (const priority of ['P1', 'P2', 'P3', 'P4'])
      for (const state of ['unacknowledged', 'acknowledged', 'returned_unacknowledged', 'shelved'])
        expect(text).toContain(series(priority, state, 0));
  });
});
