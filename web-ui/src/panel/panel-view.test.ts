import { textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PanelEvent, PanelState } from '../state/panel-state.ts';
import { toPanelView } from './panel-view.ts';
import type { LinkReport } from '../link/link-view.ts';
import { at, site, point, device, alarm, snapshot, changes, ready, run, live, viewAfter, firstPoint } from './testing/panel-fixture.ts';

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
      [{ kind: 'changes', message: changes({ points: [point({ v: 25, lsn: 101, reported: 51_000 })], up: 51_000 }), running: 31_000 }],
      live,
    );
    expect(firstPoint(viewAfter(30_000, next))).toMatchObject({ freshness: 'stale', age: '29 s' });
  });

  it('[HB3] a way that is slow for all messages is seen by the echoes', () => {
    const report: LinkReport = { ...ready, hubClock: { atOffsetMs: 0, upOffsetMs: 52_000 }, roundTripMs: 6000 };
    const view = viewAfter(0, run([{ kind: 'status', report }], live));
    expect(firstPoint(view)).toMatchObject({ freshness: 'stale', age: '6 s' });
    expect(view.link).toMatchObject({ word: 'slow', text: 'slow 3.0 s' });
  });

  it('a snapshot after a restart of the hub starts the clock again', () => {
    const again = { ...snapshot, up: 7000, points: [point({ reported: 6500, lsn: 200 })] };
    const next = run([{ kind: 'snapshot', message: again, running: 90_000 }], live);
    expect(firstPoint(toPanelView(next, { running: 90_100, wall: at }))).toMatchObject({ freshness: 'fresh', age: '0 s' });
  });

  it('says which room is not well, and why, by its worst alarm', () => {
    const next = run(
      [
        {
          kind: 'changes',
          message: changes({ alarms: [alarm(), alarm({ alarm: 'flower_room/co2', priority: 'P3', why: textReason('low') })] }),
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
    const bus = alarm({
      alarm: 'bus/simulator/unit/3',
      why: textReason('unit 3 of bus simulator does not answer'),
      locations: ['cold_store'],
    });
    const next = run([{ kind: 'changes', message: changes({ alarms: [bus] }), running: 2000 }], live);
    expect(viewAfter(500, next).tiles.map(({ standing }) => standing.priority)).toEqual([null, 'P2']);
  });

  it('a cleared alarm is gone, and the quiet is counted from then on', () => {
    const next = run([{ kind: 'changes', message: changes({ alarms: [alarm({ state: 'cleared', since: at })] }), running: 2000 }], live);
    expect(viewAfter(61_000, next).alarms).toMatchObject({ lines: [], quiet: 'No active alarms since 14:00 (1 m 1 s)' });
  });

  it('a device that does not follow makes its room abnormal without any alarm', () => {
    const next = run(
      [
        {
          kind: 'changes',
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
      [{ kind: 'changes', message: changes({ devices: [{ ...device, confirmed: null, phase: null, lsn: 101 }] }), running: 2000 }],
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
      return viewAfter(0, run([{ kind: 'snapshot', message, running: 1000 }], live)).tiles[0]?.standing.text;
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
    expect(screen({ kind: 'status', report: ready })).toBe('waiting');
    expect(screen({ kind: 'status', report: closed('unauthorised') })).toBe('signed-out');
    expect(screen({ kind: 'status', report: closed('version') }, live)).toBe('version');
    expect(
      screen({ kind: 'snapshot', message: { ...snapshot, site: { ...site, locations: [], points: [], devices: [] } }, running: 1 }),
    ).toBe('no-rooms');
  });

  it('says when the clock of this computer is another one than the hub’s', () => {
    expect(toPanelView(live, { running: 1000, wall: at + 41_000 }).skew).toBe('clock off by 41 s: times are the hub’s');
    expect(toPanelView(live, { running: 1000, wall: at + 1900 }).skew).toBe('');
  });
});
