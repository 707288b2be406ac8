import { saying } from '@phloem/protocol/testing';
import { isFault, millis, type IngestFrame, type IngestMessage, type LocationId } from '@phloem/protocol';
import { describe, expect, it, vi } from 'vitest';
import { noRecords } from '../field/readings/correct-reading.ts';
import { ReadingsRegistry } from '../field/readings/readings-registry.ts';
import type { PointSpec, Site } from '../site/site.ts';
import { createMemoryDisk, type MemoryDisk } from '../store/memory-disk.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { IngestReceiver } from './ingest-service.ts';

const point = (measurement: string, more: Partial<PointSpec> = {}): PointSpec => ({
  id: `shed/front/${measurement}`,
  location: 'shed',
  cluster: 'front',
  measurement,
  quantity: 'temperature',
  title: measurement,
  decimals: 1,
  intervalMs: millis(10_000),
  range: { min: -90, max: 150 },
  source: { kind: 'ingest', source: 'zigbee', factor: 1, offset: 0 },
  ...more,
});
const site: Pick<Site, 'points' | 'sources' | 'isDemonstration'> = {
  isDemonstration: false,
  sources: [{ id: 'zigbee', title: 'Zigbee', node: 'bridge' }],
  points: [
    point('air'),
    point('leaf', { source: { kind: 'ingest', source: 'zigbee', factor: 5 / 9, offset: -160 / 9 } }),
    point('open', { quantity: 'boolean', range: { min: 0, max: 1 } }),
    point('humidity', { quantity: 'relative_humidity', range: { min: 0, max: 100 } }),
    point('vpd', {
      quantity: 'vapour_pressure_deficit',
      range: { min: 0, max: 60 },
      source: { kind: 'derived', formula: 'vpd_air', inputs: ['shed/front/air', 'shed/front/humidity'], offset: 0 },
    }),
    point('read', {
      source: {
        kind: 'register',
        instrument: 'probe',
        bus: 'line',
        unit: 1,
        register: { table: 'input', address: 0, type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
      },
    }),
  ],
};

const bridge = { nodeId: 'bridge' };
const wall = 1_800_000_000_000;

const setUp = (disk: MemoryDisk = createMemoryDisk(), syncTakes?: () => Promise<void>) => {
  const time = { at: wall, up: 100_000, waitedMs: 0 };
  const clock = { at: () => time.at, up: () => time.up };
  const store = createMemoryStore({ clock, random: Math.random, disk: syncTakes === undefined ? disk : createMemoryDisk({ syncTakes }) });
  const registry = new ReadingsRegistry({
    site,
    context: { records: noRecords, at: clock.at, toDay: () => 'today' },
    now: clock.up,
  });
  const service = new IngestReceiver({ store, site, sent: registry, records: noRecords, waitedMs: () => time.waitedMs });
  const entries = () => store.log.read(0, { entries: 1000, bytes: 1e7 });
  const pass = (ms: number): void => {
    time.at += ms;
    time.up += ms;
  };
  return { store, service, registry, entries, time, pass };
};

const air = (v: number, at?: number): IngestFrame => ({ ...(at !== undefined && { at }), readings: { 'shed/front/air': { v } } });
const message = (seq: number, frames: readonly IngestFrame[], position?: string): IngestMessage => ({
  source: 'zigbee',
  seq,
  frames: [...frames],
  ...(position !== undefined && { position }),
});

describe('the silence of a source', () => {
  it('[IG12] counts from its last message that was accepted, or from the start', async () => {
    const { service, pass } = setUp();
    pass(4000);
    expect(service.standings()).toEqual([{ source: 'zigbee', node: 'bridge', silentMs: 4000, limitMs: 30_000, locations: ['shed'] }]);
    await service.take(message(1, [air(20)]), bridge);
    pass(2000);
    await expect(service.take(message(9, [air(20)]), bridge)).rejects.toMatchObject({ code: 'ingest/order' });
    expect(service.standings()).toMatchObject([{ silentMs: 2000 }]);
    await service.take(message(1, [air(20)]), bridge);
    expect(service.standings()).toMatchObject([{ silentMs: 0 }]);
  });
});

describe('the intake of readings', () => {
  it('[IG3] records readings like those of a bus, with what is derived from them, and answers when they are on disk', async () => {
    const { service, store, entries } = setUp();
    const readings = { 'shed/front/air': { v: 25 }, 'shed/front/humidity': { v: 60 }, 'shed/front/leaf': { v: 77 } };
    const outcome = await service.take(message(1, [{ readings }]), bridge);
    expect(outcome).toEqual({ lsn: 1, live: 3, late: 0, refusedCount: 0, refused: [] });
    expect(store.durable).toBe(1);
    expect(entries()).toMatchObject([
      {
        kind: 'sensor',
        location: 'shed',
        cluster: 'front',
        readings: {
          air: { v: 25, q: 'good' },
          leaf: { v: 25, q: 'good' },
          humidity: { v: 60 },
          vpd: { v: expect.closeTo(1.267, 2), q: 'good' },
        },
      },
    ]);
  });

  it('[IG4] answers a repeat with the first outcome and records nothing again, also after a kill', async () => {
    const { service, store, entries, pass } = setUp();
    const sent = [message(1, [air(20)], 'row 7'), message(2, [air(21), { readings: { 'shed/front/none': { v: 1 } } }], 'row 9')] as const;
    const first = await Promise.all(sent.map((one) => service.take(one, bridge)));
    pass(3_600_000);
    expect(await service.take(sent[0], bridge)).toEqual(first[0]);
    const again = setUp(store.disk);
    expect(again.service.state('zigbee', bridge)).toEqual({ source: 'zigbee', seq: 2, position: 'row 9' });
    expect(await Promise.all(sent.map((one) => again.service.take(one, bridge)))).toEqual(first);
    expect(again.entries()).toEqual(entries());
    expect(entries()).toHaveLength(2);
  });

  it('[IG4] keeps number and entries together: a power cut takes both or neither', async () => {
    for (const survivors of [0, 1, 2, 3]) {
      const { service, store } = setUp(undefined, () => new Promise(() => undefined));
      const waiting = [1, 2].map((seq) => service.take(message(seq, [air(seq)]), bridge).catch(() => undefined));
      const after = setUp(store.crash(survivors));
      const { seq } = after.service.state('zigbee', bridge);
      expect(after.entries().filter(({ kind }) => kind === 'sensor')).toHaveLength(seq);
      expect(waiting).toHaveLength(2);
    }
  });

  it('[IG5] refuses a message out of order, and one that was taken with other content, and changes nothing', async () => {
    const { service, entries } = setUp();
    await service.take(message(1, [air(20)]), bridge);
    await expect(service.take(message(3, [air(22)]), bridge)).rejects.toMatchObject({
      code: 'ingest/order',
      message: /message 2 is next; ask GET/,
    });
    await expect(service.take(message(1, [air(99)]), bridge)).rejects.toMatchObject({ code: 'ingest/conflict' });
    await expect(service.take(message(1, [air(20)], 'elsewhere'), bridge)).rejects.toMatchObject({ code: 'ingest/conflict' });
    for (let seq = 2; seq < 60; seq += 1) await service.take(message(seq, [air(20)]), bridge);
    await expect(service.take(message(1, [air(20)]), bridge)).rejects.toMatchObject({ code: 'ingest/order', message: /long ago/ });
    expect(service.state('zigbee', bridge).seq).toBe(59);
    expect(entries()).toHaveLength(59);
  });

  it('[IG1] takes a source from its own node alone', async () => {
    const { service, entries } = setUp();
    await expect(service.take(message(1, [air(20)]), { nodeId: 'other' })).rejects.toMatchObject({ code: 'auth/forbidden' });
    await expect(service.take(message(1, [air(20)]), { nodeId: null })).rejects.toMatchObject({ code: 'auth/forbidden' });
    await expect(service.take({ ...message(1, [air(20)]), source: 'none' }, bridge)).rejects.toMatchObject({ code: 'source/unknown' });
    expect(entries()).toEqual([]);
  });

  const elsewhere: readonly LocationId[] = ['cold_store'];
  it.each([
    ['a point that another source sends, or a bus', { 'shed/front/read': { v: 1 } }, undefined, 'point/unknown'],
    ['a derived point', { 'shed/front/vpd': { v: 1 } }, undefined, 'point/unknown'],
    ['a location that the credential is not for', { 'shed/front/air': { v: 1 } }, elsewhere, 'auth/forbidden'],
    ['a unit of another quantity', { 'shed/front/air': { v: 1, unit: 'kPa' } }, undefined, 'ingest/unit'],
    ['a unit that nobody knows', { 'shed/front/air': { v: 1, unit: 'toString' } }, undefined, 'ingest/unit'],
    ['a truth where a number belongs', { 'shed/front/air': { v: true } }, undefined, 'ingest/value'],
    ['a number where a truth belongs', { 'shed/front/open': { v: 2 } }, undefined, 'ingest/value'],
    ['a value with a reason why there is none', { 'shed/front/air': { v: 1, why: 'broken' } }, undefined, 'ingest/value'],
  ])('[IG7] refuses %s, and takes the readings beside it', async (_, readings, locations, code) => {
    const { service, entries } = setUp();
    const [id = ''] = Object.keys(readings);
    const beside = locations === undefined ? [{ readings: { 'shed/front/humidity': { v: 50 } } }] : [];
    const outcome = await service.take(message(1, [{ readings }, ...beside]), { ...bridge, locations });
    expect(outcome).toMatchObject({ live: beside.length, refusedCount: 1, refused: [{ point: id, code }] });
    expect(entries()).toHaveLength(beside.length);
    expect(service.state('zigbee', bridge).seq).toBe(1);
  });

  it.each([
    ['a number that is none', [air(Number.NaN)], undefined],
    ['half a character', [air(20)], '\ud800'],
  ])('[IG7] refuses a message with %s', async (_, frames, position) => {
    const { service, entries } = setUp();
    await expect(service.take(message(1, frames, position), bridge)).rejects.toMatchObject({ code: 'protocol/invalid' });
    expect([entries(), service.state('zigbee', bridge).seq]).toEqual([[], 0]);
  });

  it('[IG7] converts from the unit that a reading names, and says of a value out of range that it is bad', async () => {
    const { service, entries } = setUp();
    const readings = { 'shed/front/air': { v: 300.15, unit: 'K' }, 'shed/front/leaf': { v: 30, unit: '°C' }, 'shed/front/open': { v: 1 } };
    await service.take(message(1, [{ readings }, { readings: { 'shed/front/humidity': { v: 140 } } }]), bridge);
    expect(entries()).toMatchObject([
      { readings: { air: { v: 27 }, leaf: { v: 30 }, open: { v: true } } },
      { readings: { humidity: { v: null, q: 'bad' } } },
    ]);
  });

  it('[IG8] keeps what is older than three intervals, or than what is known, for the history alone', async () => {
    const { service, entries } = setUp();
    const frames = [air(18, wall - 30_001), air(19, wall - 30_000), air(20, wall - 2000), air(21, wall - 4000)];
    expect(await service.take(message(1, frames), bridge)).toMatchObject({ live: 2, late: 2 });
    expect(entries().map((entry) => [entry.kind, 'readings' in entry ? entry.readings['air']?.v : null])).toEqual([
      ['sensor', 19],
      ['sensor', 20],
      ['late', 18],
      ['late', 21],
    ]);
    expect(entries()[0]).toMatchObject({ readings: { air: { t: 70_000 } } });
    expect(entries()[2]).toMatchObject({ measured: wall - 30_001 });
  });

  it('[IG8] counts what may have waited for a stopped hub from when that began, unless it says when it was measured', async () => {
    const { service, entries, time } = setUp();
    time.waitedMs = 20_000;
    await service.take(message(1, [{ readings: { 'shed/front/air': { v: 20 } } }, air(21, wall)]), bridge);
    time.waitedMs = 3_600_000;
    expect(await service.take(message(2, [{ readings: { 'shed/front/open': { v: true } } }]), bridge)).toMatchObject({ live: 0, late: 1 });
    expect(entries()[0]).toMatchObject({ kind: 'sensor', readings: { air: { v: 20, t: 80_000 } } });
    expect(entries()[1]).toMatchObject({ kind: 'sensor', readings: { air: { v: 21 } } });
    expect(entries()[2]).toMatchObject({ kind: 'late', measured: wall - 3_600_000 });
  });

  it('[IG8] refuses what was measured after the time of the hub, and takes a clock that is a little ahead', async () => {
    const { service, entries } = setUp();
    const outcome = await service.take(message(1, [air(20, wall + 60_000), air(21, wall + 61_000)]), bridge);
    expect(outcome).toMatchObject({ live: 1, refused: [{ code: 'ingest/future' }] });
    expect(entries()[0]).toMatchObject({ readings: { air: { v: 20 } } });
  });

  it('[IG9] turns what stops coming stale, counted from when it was measured', async () => {
    const { service, registry, pass } = setUp();
    await service.take(message(1, [air(20, wall - 20_000)]), bridge);
    pass(9_000);
    expect(registry.step({ kind: 'tick' })).toEqual([]);
    pass(1_000);
    expect(registry.step({ kind: 'tick' })).toMatchObject([{ readings: { air: { v: null, q: 'stale' } } }]);
  });

  it('[IG9] reports a value that the source does not have as bad, with its reason', async () => {
    const { service, entries } = setUp();
    await service.take(message(1, [{ readings: { 'shed/front/air': { v: null, why: 'battery empty' } } }]), bridge);
    expect(entries()).toMatchObject([{ readings: { air: { v: null, q: 'bad', why: saying('battery empty') } } }]);
  });

  it('[IG6] says that it is busy when too much waits for the disk, and takes the same message later', async () => {
    let release = (): void => undefined;
    const { service } = setUp(undefined, () => new Promise((resolve) => (release = resolve)));
    const waiting = Array.from({ length: 16 }, (_, index) => service.take(message(index + 1, [air(index)]), bridge));
    await expect(service.take(message(17, [air(17)]), bridge)).rejects.toMatchObject({ code: 'ingest/busy' });
    release();
    await new Promise(setImmediate);
    release();
    await Promise.all(waiting);
    const late = service.take(message(17, [air(17)]), bridge);
    await new Promise(setImmediate);
    release();
    expect(await late).toMatchObject({ live: 1 });
  });

  it('[IG6] leaves the hub its time: more readings in a second than it keeps up with have to wait', async () => {
    const { service, pass } = setUp();
    const many = Array.from({ length: 256 }, () => air(20));
    const sendUntilBusy = async (from: number): Promise<number> => {
      for (let seq = from; ; seq += 1) {
        const code = await service.take(message(seq, many), bridge).then(
          () => null,
          (error: unknown) => (isFault(error) ? error.code : 'a mistake'),
        );
        if (code === 'ingest/busy') return seq;
        if (code !== null) throw new Error(`${seq} was refused with ${code}`);
      }
    };
    const seq = await sendUntilBusy(1);
    expect((seq - 1) * 256).toBeGreaterThan(19_000);
    pass(100);
    expect(await sendUntilBusy(seq)).toBeGreaterThan(seq);
  });

  it('[IG4] knows nothing of what the disk could not keep', async () => {
    const { service, store, registry, pass } = setUp();
    const full = Object.assign(new Error('full'), { code: 'store/full' });
    vi.spyOn(store.sources, 'put').mockImplementationOnce(() => {
      throw full;
    });
    await expect(service.take(message(1, [air(20)]), bridge)).rejects.toBe(full);
    expect([store.log.head, service.state('zigbee', bridge).seq]).toEqual([0, 0]);
    pass(30_000);
    // It was never known, so it turns stale by the time since the start.
    expect(registry.step({ kind: 'tick' })).toMatchObject([{ readings: { air: { q: 'stale' } } }]);
    expect(await service.take(message(1, [air(20)]), bridge)).toMatchObject({ live: 1 });
  });
});
