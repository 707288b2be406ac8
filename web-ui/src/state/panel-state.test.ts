import { textReason, type DeviceEntry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { emptyPanel } from './panel-state.ts';
import { at, temperature, heater, site, point, alarm, changes, run, live, viewAfter } from '../panel/testing/panel-fixture.ts';

describe('panel state', () => {
  it('[LA1] changes bring each item whole', () => {
    const next = run(
      [{ kind: 'changes', message: changes({ points: [point({ v: 25, lsn: 101, reported: 51_000 })] }), running: 2000 }],
      live,
    );
    expect(next.points.get(temperature)).toMatchObject({ v: 25, reported: 51_000 });
    expect(next.points.get('cold_store/air/temperature')).toMatchObject({ v: 4.2 });
  });

  it('[LA1] an offset stands until it is reported once that it is over', () => {
    const offset = {
      setpoint: 'flower_room/climate/temp',
      delta: 1,
      by: { kind: 'user', id: 'anna' } as const,
      reason: 'weather',
      since: at,
      until: at + 3_600_000,
      untilUp: 3_651_000,
      lsn: 101,
      isReleased: false,
    };
    const moved = run([{ kind: 'changes', message: changes({ offsets: [offset] }), running: 2000 }], live);
    expect(viewAfter(1000, moved).offsets).toMatchObject([{ setpoint: offset.setpoint, by: 'anna', left: '1:00:00' }]);
    const over = changes({ offsets: [{ ...offset, isReleased: true, lsn: 102 }], version: 102 });
    expect(viewAfter(1000, run([{ kind: 'changes', message: over, running: 3000 }], moved)).offsets).toEqual([]);
  });

  it('[LA1] what is older than what is known changes nothing', () => {
    const old = changes({
      version: 99,
      points: [point({ v: 1, lsn: 99 })],
      buses: [{ bus: 'simulator', state: 'down', silentUnits: [], cycleMs: null }],
    });
    const next = run([{ kind: 'changes', message: old, running: 2000 }], live);
    expect(next.points.get(temperature)).toMatchObject({ v: 24.7 });
    expect(next.buses.get('simulator')).toMatchObject({ state: 'up' });
    expect(next.version).toBe(100);
  });

  it('[LA1] changes without a snapshot mean nothing', () => {
    expect(run([{ kind: 'changes', message: changes({ points: [point()] }), running: 5 }])).toEqual(emptyPanel);
  });

  it('[LA2] an alarm that comes as an entry is there before the next changes', () => {
    const { alarm: name, priority, state } = alarm();
    const entry = { kind: 'alarm', lsn: 101, at, up: 50_500, alarm: name, priority, state, why: textReason('reports off') } as const;
    const next = run([{ kind: 'entries', entries: [entry] }], live);
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
      by: { kind: 'hub' },
      id: 'command-1',
    }));
    const next = run(
      [
        { kind: 'entries', entries: phases },
        { kind: 'entries', entries: phases.slice(1) },
      ],
      live,
    );
    expect(viewAfter(0, next).activity).toMatchObject([
      { device: 'Flower room: Heater', value: 'on', steps: 'requested, written ×2, confirmed', phase: 'confirmed' },
    ]);
  });

  it('names the room of a device only where there are several', () => {
    const [room] = site.locations;
    const entry: DeviceEntry = {
      kind: 'device',
      lsn: 101,
      at,
      up: 50_000,
      device: heater,
      phase: 'requested',
      value: true,
      by: { kind: 'hub' },
    };
    const alone = { ...live, site: { ...site, locations: room === undefined ? [] : [room] } };
    expect(viewAfter(0, run([{ kind: 'entries', entries: [entry] }], alone)).activity).toMatchObject([{ device: 'Heater' }]);
  });
});
