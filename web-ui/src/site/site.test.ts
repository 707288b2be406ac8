import {
  textReason,
  type AlarmStatus,
  type Changes,
  type DeviceEntry,
  type DeviceState,
  type PointState,
  type SiteLayout,
  type Snapshot,
} from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { LinkReport } from '../link/link-view.ts';
import { timeAt, valueAt } from '../history/ring.ts';
import { silence, stepAnnouncements } from '../panel/announcements.ts';
import { keepSame } from '../state/keep-same.ts';
import { emptyPanel, stepPanel, type PanelEvent, type PanelState } from '../state/panel-state.ts';
import { toPanelView, type PanelView } from '../panel/panel-view.ts';
import { createTraces } from '../history/traces.ts';

const at = Date.UTC(2026, 10, 23, 13, 0, 0);
const temperature = 'flower_room/front/temperature';
const heater = 'flower_room/heater';
const site: SiteLayout = {
  hash: 'a',
  revision: 3,
  title: 'Demonstration',
  timeZone: 'Europe/Berlin',
  isDemonstration: true,
  locations: [
    { id: 'flower_room', title: 'Flower room' },
    { id: 'cold_store', title: 'Cold store' },
  ],
  points: [
    { id: temperature, quantity: 'temperature', intervalMs: 1000, decimals: 1, title: 'Air', isDerived: false, range: null },
    {
      id: 'cold_store/air/temperature',
      quantity: 'temperature',
      intervalMs: 1000,
      decimals: 1,
      title: 'Air',
      isDerived: false,
      range: null,
    },
  ],
  devices: [
    {
      id: heater,
      kind: 'switch',
      title: 'Heater',
      power: null,
      failSafe: { afterMs: 10_000, value: false },
      limits: { maxOverrideMs: 86_400_000 },
    },
  ],
};
const point = (part: Partial<PointState> = {}): PointState => ({
  id: temperature,
  v: 24.7,
  q: 'good',
  lsn: 100,
  reported: 50_000,
  changed: 50_000,
  ...part,
});
const device: DeviceState = {
  id: heater,
  requested: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: 'hub',
  why: textReason('too cold'),
  since: at - 60_000,
  lsn: 90,
};
const alarm = (part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: 'device/flower_room/heater/discrepancy',
  state: 'active',
  priority: 'P2',
  reason: 'reads off',
  since: at - 30_000,
  raised: at - 30_000,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 95,
  ...part,
});
const snapshot: Snapshot = {
  sub: 'panel',
  version: 100,
  at,
  up: 50_000,
  points: [point(), point({ id: 'cold_store/air/temperature', v: 4.2 })],
  devices: [device],
  alarms: [],
  values: [],
  buses: [{ bus: 'simulator', state: 'up', silentUnits: [], cycleMs: 200 }],
  automation: [{ scope: 'flower_room', holder: 'automation-1', term: 2, bundle: { hash: 'b', revision: 41 }, since: at - 99_000 }],
  overrides: [],
  offsets: [],
  interlocks: [],
  site,
};
const changes = (part: Partial<Changes>): Changes => ({
  sub: 'panel',
  version: 101,
  from: 100,
  at: at + 1000,
  up: 51_000,
  points: [],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  ...part,
});
const ready: LinkReport = { phase: 'ready', sinceAt: 900, retryAt: null, bye: null, roundTripMs: 4, hubClock: null };
const run = (events: readonly PanelEvent[], from: PanelState = emptyPanel): PanelState =>
  events.reduce((state, event) => stepPanel(state, event), from);
const live = run([
  { type: 'status', report: ready },
  { type: 'snapshot', message: snapshot, running: 1000 },
]);
/** The view so many milliseconds of the browser's running time after the snapshot came. */
const viewAfter = (ms: number, state: PanelState = live): PanelView => toPanelView(state, { running: 1000 + ms, wall: at + ms });
const firstPoint = (view: PanelView) => view.tiles[0]?.clusters[0]?.points[0];

describe('panel state', () => {
  it('[LA1] changes bring each item whole', () => {
    const next = run(
      [{ type: 'changes', message: changes({ points: [point({ v: 25, lsn: 101, reported: 51_000 })] }), running: 2000 }],
      live,
    );
    expect(next.points.get(temperature)).toMatchObject({ v: 25, reported: 51_000 });
    expect(next.points.get('cold_store/air/temperature')).toMatchObject({ v: 4.2 });
  });

  it('[LA1] an offset stands until it is reported once that it is over', () => {
    const offset = {
      setpoint: 'flower_room/climate/temp',
      delta: 1,
      by: 'user:anna',
      reason: 'weather',
      since: at,
      until: at + 3_600_000,
      untilUp: 3_651_000,
      lsn: 101,
      isReleased: false,
    };
    const moved = run([{ type: 'changes', message: changes({ offsets: [offset] }), running: 2000 }], live);
    expect(viewAfter(1000, moved).offsets).toMatchObject([{ setpoint: offset.setpoint, by: 'anna', left: '1:00:00' }]);
    const over = changes({ offsets: [{ ...offset, isReleased: true, lsn: 102 }], version: 102 });
    expect(viewAfter(1000, run([{ type: 'changes', message: over, running: 3000 }], moved)).offsets).toEqual([]);
  });

  it('[LA1] what is older than what is known changes nothing', () => {
    const old = changes({
      version: 99,
      points: [point({ v: 1, lsn: 99 })],
      buses: [{ bus: 'simulator', state: 'down', silentUnits: [], cycleMs: null }],
    });
    const next = run([{ type: 'changes', message: old, running: 2000 }], live);
    expect(next.points.get(temperature)).toMatchObject({ v: 24.7 });
    expect(next.buses.get('simulator')).toMatchObject({ state: 'up' });
    expect(next.version).toBe(100);
  });

  it('[LA1] changes without a snapshot mean nothing', () => {
    expect(run([{ type: 'changes', message: changes({ points: [point()] }), running: 5 }])).toEqual(emptyPanel);
  });

  it('[LA2] an alarm that comes as an entry is there before the next changes', () => {
    const { alarm: name, priority, state } = alarm();
    const entry = { kind: 'alarm', lsn: 101, at, up: 50_500, alarm: name, priority, state, reason: 'reports off' } as const;
    const next = run([{ type: 'entries', entries: [entry] }], live);
    expect(viewAfter(500, next).alarms.lines).toMatchObject([
      { alarm: name, priority: 'P2', text: 'Heater reports off', location: 'flower_room' },
    ]);
  });

  it('[LA2] no phase of a device is lost in the list of what happened, nor reported twice', () => {
    const phases = (['requested', 'written', 'written', 'confirmed'] as const).map((phase, index): DeviceEntry => ({
      kind: 'device',
      lsn: 101 + index,
      at,
      up: 50_000,
      device: heater,
      phase,
      value: true,
      by: 'hub',
      id: 'command-1',
    }));
    const next = run(
      [
        { type: 'entries', entries: phases },
        { type: 'entries', entries: phases.slice(1) },
      ],
      live,
    );
    expect(viewAfter(0, next).activity).toMatchObject([
      { device: 'Flower room: Heater', value: 'on', steps: 'requested, written ×2, confirmed', phase: 'confirmed' },
    ]);
  });

  it('names the room of a device only where there are several', () => {
    const [room] = site.locations;
    const entry: DeviceEntry = { kind: 'device', lsn: 101, at, up: 50_000, device: heater, phase: 'requested', value: true, by: 'hub' };
    const alone = { ...live, site: { ...site, locations: room === undefined ? [] : [room] } };
    expect(viewAfter(0, run([{ type: 'entries', entries: [entry] }], alone)).activity).toMatchObject([{ device: 'Heater' }]);
  });
});

describe('panel view', () => {
  it('shows what the hub said, and how old that is', () => {
    const view = viewAfter(1000);
    expect(view).toMatchObject({ screen: 'site', hubTime: '14:00:01', zone: 'CET', isDemonstration: true });
    expect(firstPoint(view)).toMatchObject({ text: '24.7', freshness: 'fresh', age: '1 s' });
    expect(view.tiles[0]).toMatchObject({ standing: { text: 'normal', isCalm: true }, devicesFreshness: 'fresh' });
    expect(view.link.word).toBe('live');
    expect([view.buses[0]?.state, view.automation.state]).toEqual(['ok', 'ok']);
  });

  it('with a link that is silently dead nothing looks live for longer than its limit', () => {
    for (let ms = 5001; ms < 700_000; ms += 5000) {
      const view = viewAfter(ms);
      expect(view.link.word).toBe('late');
      for (const { clusters, devicesFreshness } of view.tiles) {
        expect(['stale', 'dead']).toContain(devicesFreshness);
        for (const { points } of clusters) for (const { freshness } of points) expect(['stale', 'dead']).toContain(freshness);
      }
      expect([view.buses[0]?.state, view.automation.state]).toEqual(['unknown', 'unknown']);
    }
  });

  it('an old message that comes late does not make its numbers look new', () => {
    const next = run(
      [{ type: 'changes', message: changes({ points: [point({ v: 25, lsn: 101, reported: 51_000 })], up: 51_000 }), running: 31_000 }],
      live,
    );
    expect(firstPoint(viewAfter(30_000, next))).toMatchObject({ freshness: 'stale', age: '29 s' });
  });

  it('[HB3] a way that is slow for all messages is seen by the echoes', () => {
    const report: LinkReport = { ...ready, hubClock: { atOffsetMs: 0, upOffsetMs: 52_000 }, roundTripMs: 6000 };
    const view = viewAfter(0, run([{ type: 'status', report }], live));
    expect(firstPoint(view)).toMatchObject({ freshness: 'stale', age: '6 s' });
    expect(view.link).toMatchObject({ word: 'slow', text: 'slow 3.0 s' });
  });

  it('a snapshot after a restart of the hub starts the clock again', () => {
    const again = { ...snapshot, up: 7000, points: [point({ reported: 6500, lsn: 200 })] };
    const next = run([{ type: 'snapshot', message: again, running: 90_000 }], live);
    expect(firstPoint(toPanelView(next, { running: 90_100, wall: at }))).toMatchObject({ freshness: 'fresh', age: '0 s' });
  });

  it('says which room is not well, and why, by its worst alarm', () => {
    const next = run(
      [
        {
          type: 'changes',
          message: changes({ alarms: [alarm(), alarm({ alarm: 'flower_room/co2', priority: 'P3', reason: 'low' })] }),
          running: 2000,
        },
      ],
      live,
    );
    const [flower, cold] = viewAfter(1000, next).tiles;
    expect(flower?.standing).toEqual({ text: 'Heater reads off 13:59 and 1 more', priority: 'P2', isCalm: false });
    expect(cold?.standing).toMatchObject({ text: 'normal', priority: null });
  });

  it('an alarm of a bus makes every room that it feeds abnormal, and no other', () => {
    const bus = alarm({ alarm: 'bus/simulator/unit/3', reason: 'unit 3 of bus simulator does not answer', locations: ['cold_store'] });
    const next = run([{ type: 'changes', message: changes({ alarms: [bus] }), running: 2000 }], live);
    expect(viewAfter(500, next).tiles.map(({ standing }) => standing.priority)).toEqual([null, 'P2']);
  });

  it('a cleared alarm is gone, and the quiet is counted from then on', () => {
    const next = run([{ type: 'changes', message: changes({ alarms: [alarm({ state: 'cleared', since: at })] }), running: 2000 }], live);
    expect(viewAfter(61_000, next).alarms).toMatchObject({ lines: [], quiet: 'No active alarms since 14:00 (1 m 1 s)' });
  });

  it('a device that does not follow makes its room abnormal without any alarm', () => {
    const next = run(
      [
        {
          type: 'changes',
          message: changes({ devices: [{ ...device, phase: 'discrepancy', confirmed: false, lsn: 101 }] }),
          running: 2000,
        },
      ],
      live,
    );
    expect(viewAfter(1000, next).tiles[0]?.standing).toMatchObject({ text: 'Heater discrepancy', isCalm: false });
  });

  it('[DE8] a device of which nothing was ever read back makes its room no normal one', () => {
    const next = run(
      [{ type: 'changes', message: changes({ devices: [{ ...device, confirmed: null, phase: null, lsn: 101 }] }), running: 2000 }],
      live,
    );
    expect(viewAfter(1000, next).tiles[0]?.standing).toMatchObject({ text: '1 device not known', isCalm: false });
  });

  it('many devices with one trouble are counted, not listed', () => {
    const devices = ['a', 'b', 'c'].map((id) => ({ ...device, id: `flower_room/${id}`, phase: 'safe' as const, lsn: 101 }));
    const layouts = devices.map(({ id }) => ({
      id,
      kind: 'switch' as const,
      title: id,
      power: null,
      failSafe: { afterMs: 1, value: false },
      limits: { maxOverrideMs: 86_400_000 },
    }));
    const standing = (n: number) => {
      const message = { ...snapshot, devices: devices.slice(0, n), site: { ...site, devices: layouts.slice(0, n) } };
      return viewAfter(0, run([{ type: 'snapshot', message, running: 1000 }], live)).tiles[0]?.standing.text;
    };
    expect([standing(2), standing(3)]).toEqual(['flower_room/a, flower_room/b in fail-safe', '3 devices in fail-safe']);
  });

  it('says what page is to be shown when there is no room to show', () => {
    const closed = (code: 'unauthorised' | 'version'): LinkReport => ({
      ...ready,
      phase: 'closed',
      bye: { code, retry: false, message: '' },
    });
    const screen = (event: PanelEvent, from?: PanelState) => toPanelView(run([event], from), { running: 0, wall: 0 }).screen;
    expect(screen({ type: 'status', report: ready })).toBe('waiting');
    expect(screen({ type: 'status', report: closed('unauthorised') })).toBe('signed-out');
    expect(screen({ type: 'status', report: closed('version') }, live)).toBe('version');
    expect(
      screen({ type: 'snapshot', message: { ...snapshot, site: { ...site, locations: [], points: [], devices: [] } }, running: 1 }),
    ).toBe('no-rooms');
  });

  it('says when the clock of this computer is another one than the hub’s', () => {
    expect(toPanelView(live, { running: 1000, wall: at + 41_000 }).skew).toBe('clock off by 41 s: times are the hub’s');
    expect(toPanelView(live, { running: 1000, wall: at + 1900 }).skew).toBe('');
  });
});

describe('announcements', () => {
  const urgent = run([{ type: 'changes', message: changes({ alarms: [alarm()] }), running: 2000 }], live);

  it('calls out a new urgent alarm at once, but not one that was there when the page was opened', () => {
    const opened = stepAnnouncements(silence, viewAfter(0, urgent), 0);
    expect(opened.alert).toBe('');
    const calm = stepAnnouncements(silence, viewAfter(0), 0);
    expect(stepAnnouncements(calm, viewAfter(1000, urgent), 100).alert).toBe('P2 Flower room Heater reads off');
  });

  it('says changes of a room at most every ten seconds, and never a value', () => {
    const first = stepAnnouncements(silence, viewAfter(0), 0);
    const second = stepAnnouncements(first, viewAfter(1000, urgent), 1000);
    expect(second.status).toBe('Flower room: Heater reads off 13:59');
    const soon = stepAnnouncements(second, viewAfter(2000), 2000);
    expect(soon.status).toBe(second.status);
    expect(stepAnnouncements(soon, viewAfter(2000), 11_001).status).toBe('Flower room: normal');
  });
});

describe('announcements of the link', () => {
  const say = (words: readonly (readonly [word: PanelView['link']['word'], isHeard: boolean, running: number])[]) => {
    const view = viewAfter(0);
    let said = silence;
    return words.map(([word, isHeard, running]) => {
      said = stepAnnouncements(said, { ...view, link: { ...view.link, word, isHeard } }, running);
      return said.status;
    });
  };

  it('says that it is live as soon as it is, and nothing of the way there', () =>
    expect(
      say([
        ['connecting', false, 0],
        ['catching-up', false, 500],
        ['live', true, 900],
      ]),
    ).toEqual(['', '', 'Link: live']));

  it('says a cut and its end at once, however short it was', () =>
    expect(
      say([
        ['live', true, 0],
        ['down', false, 1000],
        ['catching-up', false, 2000],
        ['live', true, 2100],
        ['slow', true, 2200],
      ]),
    ).toEqual(['', 'Link: no link', 'Link: no link', 'Link: live', 'Link: live']));
});

describe('trace book', () => {
  it('keeps each report once, and a report without a number as a break', () => {
    const book = createTraces();
    book.record([point({ reported: 1000, v: 20 })], 1000);
    book.record([point({ reported: 1000, v: 20 })], 1000);
    book.record([point({ reported: 2000, v: null, q: 'bad' })], 2000);
    const ring = book.ring(temperature);
    expect(ring?.size).toBe(2);
    expect(ring === undefined ? [] : [timeAt(ring, 0), valueAt(ring, 1)]).toEqual([1000, Number.NaN]);
  });

  it('a report from long before this browser listened does not widen the window', () => {
    const book = createTraces();
    book.record([point({ reported: 1000 })], 900_000);
    expect(book.since()).toBe(900_000);
  });

  it('begins again when the hub’s running time is that of another log', () => {
    const book = createTraces();
    book.record([point({ reported: 90_000, v: 20 })], 1000);
    book.record([point({ reported: 500, v: 21 })], 600);
    expect(book.ring(temperature)?.size).toBe(1);
    expect(book.since()).toBe(600);
  });
});

describe('keep same', () => {
  it('keeps the identity of what did not change, and of nothing else', () => {
    const before = { a: { b: [1, 2] }, c: { d: 'x' } };
    const next = keepSame(before, { a: { b: [1, 2] }, c: { d: 'y' } });
    expect(next).toEqual({ a: { b: [1, 2] }, c: { d: 'y' } });
    expect(next.a).toBe(before.a);
    expect(next.c).not.toBe(before.c);
    expect(keepSame(before, structuredClone(before))).toBe(before);
  });

  it('sees what was added, removed or replaced by another shape', () => {
    expect(keepSame({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(keepSame([1, 2], [1])).toEqual([1]);
    expect(keepSame({ a: undefined }, { b: undefined })).toEqual({ b: undefined });
    expect(keepSame([1], { 0: 1 })).toEqual({ 0: 1 });
  });
});
