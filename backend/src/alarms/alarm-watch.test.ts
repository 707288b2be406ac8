import { canonicalJson, hashDocument, millis, stepAlarmStatus, type AlarmStatus, type EntryDraft } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { describe, expect, it, vi } from 'vitest';
import { toSpec } from '../devices/testing/gate-fixture.ts';
import { LogSnapshot } from '../hub/snapshot.ts';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { Site } from '../site/site.ts';
import { createAlarmWatch } from './run-alarms.ts';
import type { AlarmWatchText } from '../store/hub-store.ts';

const room: Site = {
  ...testSite,
  points: [
    {
      id: 'flower_room/front/temperature',
      location: 'flower_room',
      cluster: 'front',
      measurement: 'temperature',
      quantity: 'temperature',
      title: 'Temperature',
      decimals: 1,
      intervalMs: millis(1000),
      range: { min: -40, max: 80 },
      source: { kind: 'derived', formula: 'dew_point', inputs: [], offset: 0 },
    },
  ],
  devices: [toSpec()],
};
const signals = (id: string) => ({
  apiVersion: 'phloem/v1',
  kind: 'Signals',
  metadata: { id },
  spec: { inputs: { t: { point: 'flower_room/front/temperature', maxAge: '30s' } } },
});
const alarm = (id: string, more: object = {}) => ({
  apiVersion: 'phloem/v1',
  kind: 'Alarm',
  metadata: { id },
  spec: { use: { signals: 's' }, when: { expr: 't > degC(30.0)', for: { on: '10s' } }, priority: 'P1', text: 'Too hot', ...more },
});
const toText = (...documents: readonly object[]): string =>
  canonicalJson(readBundle([{ path: 'a.yaml', text: documents.map((each) => JSON.stringify(each)).join('\n---\n') }]));

/** A hub's log with its alarm service, which can be stopped and started again. */
const createWorld = (site: Site) => {
  const time = { at: 1_800_000_000_000, up: 1000 };
  const store = createMemoryStore({ clock: { at: () => time.at, up: () => time.up }, random: () => 0.5 });
  let standing = new LogSnapshot(null);
  const open = (stored: AlarmWatchText | null) =>
    createAlarmWatch({ store, site, stored, past: [], standing, interlocks: ['room/safety/door'] });
  let service = open(null);
  const read = (v: number | null): void => {
    const readings = { temperature: { v, q: v === null ? ('bad' as const) : ('good' as const) } };
    store.log.append([{ kind: 'sensor', location: 'flower_room', cluster: 'front', readings }]);
  };
  const entries = () => store.log.read(0, { entries: 10_000, bytes: 1e9 });
  return {
    store,
    read,
    append: (...drafts: readonly EntryDraft[]) => void store.log.append(drafts),
    pass: (seconds: number, v: number | null) => {
      for (let n = 0; n < seconds; n += 1) {
        time.at += 1000;
        time.up += 1000;
        read(v);
        store.log.append([{ kind: 'pulse' }]);
      }
    },
    push: (text: string, mode: 'live' | 'withdrawn' = 'live') => {
      const hash = hashDocument(text);
      store.documents.put(hash, text);
      store.log.append([{ kind: 'bundle', scope: 'flower_room', hash, revision: 1, mode }]);
    },
    restart: (awayMs = 0) => {
      const stored = service.toStored();
      service.close();
      standing = new LogSnapshot(null);
      for (const entry of entries()) standing.apply(entry);
      time.at += awayMs;
      time.up += awayMs;
      service = open(stored);
    },
    /** As the hub does it before it switches: compiled one document in each turn. Says how many turns that took. */
    prepare: async (text: string): Promise<number> => {
      let turns = 0;
      await service.prepare(hashDocument(text), text, async () => void (turns += 1));
      return turns;
    },
    mayReport: (id: string) => service.mayReport(id, 'flower_room'),
    /** What was said of an alarm: `+` raised, `-` cleared. */
    said: (id: string): string =>
      entries()
        .flatMap((entry) => (entry.kind === 'alarm' && entry.alarm === id ? [entry.state === 'active' ? '+' : '-'] : []))
        .join(''),
    status: (id: string) =>
      entries().reduce<AlarmStatus | null>(
        (status, entry) => (entry.kind === 'alarm' && entry.alarm === id ? stepAlarmStatus(status, entry) : status),
        null,
      ),
  };
};

const siteWith = (...alarms: readonly object[]): Site => ({ ...room, alarms: [signals('s'), ...alarms] });

describe('the alarms of documents', () => {
  it('[AL1] the hub raises and clears the alarms of the site, with no service there', () => {
    const world = createWorld(siteWith(alarm('flower_room/hot', { guidance: { action: 'Open the vent' }, shelvable: false })));
    world.pass(11, 31);
    expect(world.status('flower_room/hot')).toMatchObject({
      state: 'active',
      priority: 'P1',
      guidance: { action: 'Open the vent' },
      isShelvable: false,
      locations: ['flower_room'],
    });
    world.pass(2, 20);
    expect(world.said('flower_room/hot')).toBe('+-');
  });

  it('[AL1] the hub raises the alarms and limits of a live bundle, and ends them with it', () => {
    const world = createWorld(room);
    world.push(toText(signals('s'), alarm('flower_room/hot')));
    world.pass(12, 31);
    expect(world.said('flower_room/hot')).toBe('+');
    world.push(toText(signals('s'), alarm('flower_room/hot', { text: 'Hot' })));
    world.pass(2, 31);
    expect(world.said('flower_room/hot')).toBe('+');
    world.push(toText(signals('s'), alarm('flower_room/other')));
    expect(world.said('flower_room/hot')).toBe('+-');
  });

  it('[PI4] a bundle that was made ready is switched to without compiling it, whatever its size', async () => {
    const world = createWorld(room);
    const text = toText(signals('s'), ...Array.from({ length: 40 }, (_, n) => alarm(`flower_room/hot_${n}`)));
    expect(await world.prepare(text)).toBeGreaterThanOrEqual(82);
    const get = vi.spyOn(world.store.documents, 'get');
    world.push(text);
    expect(get).not.toHaveBeenCalled();
    world.pass(12, 31);
    expect(world.said('flower_room/hot_39')).toBe('+');
    expect(await world.prepare(text)).toBe(0);
  });

  it('a bundle that does not fit the site is made ready as one without alarms', async () => {
    const world = createWorld(room);
    const text = toText(signals('s'), alarm('flower_room/hot', { when: { expr: 'gone > 1.0' } }));
    expect(await world.prepare(text)).toBeGreaterThan(0);
    world.push(text);
    world.pass(12, 31);
    expect(world.said('flower_room/hot')).toBe('');
  });

  it('a restart loses no time of a delay, and raises nothing twice', () => {
    const world = createWorld(siteWith(alarm('flower_room/hot')));
    world.pass(6, 31);
    world.restart(1000);
    world.pass(4, 31);
    expect(world.said('flower_room/hot')).toBe('+');
    world.restart(1000);
    world.pass(30, 31);
    expect(world.said('flower_room/hot')).toBe('+');
  });

  it('an alarm that ended while the hub was away is cleared', () => {
    const world = createWorld(siteWith(alarm('flower_room/hot')));
    world.pass(12, 31);
    world.restart(60_000);
    world.pass(2, 20);
    expect(world.said('flower_room/hot')).toBe('+-');
  });

  it('[AL2] an alarm that somebody clears while its condition holds is raised again', () => {
    const world = createWorld(siteWith(alarm('flower_room/hot')));
    world.pass(12, 31);
    world.append({ kind: 'alarm', alarm: 'flower_room/hot', state: 'cleared', priority: 'P1', by: { kind: 'node', id: 'mallory' } });
    expect(world.said('flower_room/hot')).toBe('+-+');
  });

  it('says that an alarm is suppressed by design, also after a restart, and when it is so no more', () => {
    const inhibited = alarm('flower_room/hot', { inhibitWhen: [{ expr: 't > degC(40.0)', reason: 'sterilising' }] });
    const world = createWorld(siteWith(inhibited));
    world.pass(12, 41);
    expect(world.status('flower_room/hot')).toMatchObject({ state: 'cleared', suppressed: 'sterilising' });
    world.restart();
    world.pass(2, 41);
    expect(world.said('flower_room/hot')).toBe('-');
    world.pass(2, 20);
    expect(world.status('flower_room/hot')?.suppressed).toBeUndefined();
  });

  it("leaves interlocks' alarms, and those of the hub, to those who raise them", () => {
    const world = createWorld(siteWith(alarm('flower_room/hot')));
    world.append(
      { kind: 'alarm', alarm: 'room/safety/door', state: 'active', priority: 'P1', by: { kind: 'hub' } },
      { kind: 'alarm', alarm: 'bus/line', state: 'active', priority: 'P2', by: { kind: 'hub' } },
    );
    world.pass(12, 31);
    expect([world.said('room/safety/door'), world.said('bus/line')]).toEqual(['+', '+']);
  });

  it('[AL2] knows which alarms the rules of a scope may report, and clears what no rule defines any more', () => {
    const world = createWorld(room);
    const rule = {
      apiVersion: 'phloem/v1',
      kind: 'Rule',
      metadata: { id: 'flower_room/heat' },
      spec: {
        use: { signals: 's' },
        when: 't < degC(20.0)',
        then: [{ request: { device: toSpec().id, value: 'on', level: 'control' } }],
        onUnknown: { hold: '1min', then: 'release', alarm: { priority: 'P3', text: 'blind' } },
      },
    };
    world.push(toText(signals('s'), rule));
    expect(world.mayReport('flower_room/heat/unknown')).toBe(true);
    expect(['bus/line', 'flower_room/heat', 'cold_store/x/unknown'].map(world.mayReport)).toEqual([false, false, false]);
    world.append({
      kind: 'alarm',
      alarm: 'flower_room/heat/unknown',
      state: 'active',
      priority: 'P3',
      by: { kind: 'node', id: 'automation-1' },
    });
    world.pass(2, 25);
    expect(world.said('flower_room/heat/unknown')).toBe('+');
    world.push(toText(signals('s'), alarm('flower_room/hot')));
    expect(world.said('flower_room/heat/unknown')).toBe('+-');
  });
});
