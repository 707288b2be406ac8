import { millis, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { Told } from './testing/fake-field.ts';
import { createGateFixture } from './testing/gate-fixture.ts';
import { refusedWrite } from './testing/fake-field.ts';
import { holding, percent, started, number } from './testing/slow-gate.ts';

describe('a device that does not answer at once what it was commanded', () => {
  it('[DE6] an 8-bit dimmer that rounds is confirmed, and is not written again', async () => {
    const dimmer = percent();
    const hub = await started(dimmer, ({ value }) => Math.round(Math.round((number(value) / 100) * 255) / 0.255) / 10);
    const frame = hub.toFrame(33.5);
    hub.commit(hub.term, frame);
    await hub.live(30);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    expect(hub.values()).toEqual([33.5]);
    expect(hub.state()).toMatchObject({ phase: 'confirmed', confirmed: 33.3 });
    expect(hub.alarms()).toEqual([]);
    // The same request of a new step of the engine is no reason to write; another value, however near, is.
    hub.commit(hub.term, hub.toFrame(33.5));
    await hub.live(2);
    expect(hub.values()).toEqual([33.5]);
    hub.commit(hub.term, hub.toFrame(33.7));
    await hub.live(2);
    expect(hub.values()).toEqual([33.5, 33.7]);
  });

  it('[DE6] a set temperature in steps of half a degree over a coarse register is confirmed', async () => {
    const scale = 0.7142857142857143;
    const place = holding(0, scale);
    const ac = percent({ write: place, readBack: place });
    const hub = await started(ac, ({ value }) =>
      Number((Math.round((number(value) + 114.28571428571429) / scale / 5) * 5 * scale - 114.28571428571429).toFixed(9)),
    );
    const frame = hub.toFrame(53);
    hub.commit(hub.term, frame);
    await hub.live(10);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    expect(hub.values()).toEqual([53]);
  });

  it('[DE6] a drive that ramps at 2 %/s is followed by its actual speed, neither failed nor written again', async () => {
    const drive = percent({ readBack: holding(1) });
    const ramp = ({ value, before, sinceMs }: Told): number => {
      const reach = (sinceMs / 1000) * 2;
      const way = number(value) - number(before);
      return Math.abs(way) <= reach ? number(value) : number(before) + Math.sign(way) * reach;
    };
    const hub = await started(drive, ramp);
    const frame = hub.toFrame(50);
    hub.commit(hub.term, frame);
    await hub.live(17);
    expect(hub.values()).toEqual([0, 50]);
    expect(hub.state()).toMatchObject({ phase: 'written', written: 50 });
    expect(hub.state()?.confirmed).toBeGreaterThan(25);
    expect(hub.state()?.confirmed).toBeLessThan(40);
    await hub.live(12);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    await hub.live(10);
    expect(hub.values()).toEqual([0, 50]);
    expect(hub.alarms()).toEqual([]);
  });

  it('[DE6] a request that comes while it moves is written at once, and the older one ends', async () => {
    const drive = percent({ readBack: holding(1) });
    const hub = await started(drive, ({ value, sinceMs }) => Math.min(number(value), (sinceMs / 1000) * 2));
    const first = hub.toFrame(50);
    hub.commit(hub.term, first);
    await hub.live(5);
    hub.commit(hub.term, hub.toFrame(10));
    await hub.serveAll();
    expect(hub.values()).toEqual([0, 50, 10]);
    expect(hub.endsOf(first.id)).toEqual(['superseded']);
  });

  it('[DE6] one that does not move although it may take a minute is written three times, and driven safe', async () => {
    const drive = percent({ readBack: holding(1), settle: seconds(20) });
    const hub = await started(drive, () => 0);
    const frame = hub.toFrame(50);
    hub.commit(hub.term, frame);
    await hub.live(24);
    expect(hub.values().slice(0, 4)).toEqual([0, 50, 50, 50]);
    expect(hub.endsOf(frame.id)).toEqual(['failed']);
    expect(hub.alarms()).toContain('device/room/heater/discrepancy active');
  });

  it('[DE6] a unit that echoes late is not written again within the time that it may take', async () => {
    const hub = await started(percent({ settle: seconds(5) }), ({ value, before, sinceMs }) => (sinceMs < 4000 ? before : value));
    const frame = hub.toFrame(70);
    hub.commit(hub.term, frame);
    await hub.live(8);
    expect(hub.values()).toEqual([70]);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
  });

  it('[DE7] a box that falls back after 5 s is written again at its refresh, while the value stands', async () => {
    const box = percent({ refresh: seconds(2), failSafe: { after: millis(10_000), value: 16 } });
    const hub = await started(box, ({ value, sinceMs }) => (sinceMs >= 5000 ? 16 : value), 16);
    const frame = hub.toFrame(32);
    hub.commit(hub.term, frame);
    await hub.live(21);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    expect(hub.values().filter((value) => value === 32).length).toBeGreaterThanOrEqual(10);
    expect(hub.values().filter((value) => value === 32).length).toBeLessThanOrEqual(12);
    expect(hub.alarms()).toEqual([]);
    expect(
      hub
        .deviceEntries()
        .filter(({ id }) => id === frame.id)
        .map(({ phase }) => phase),
    ).toEqual(['requested', 'written', 'confirmed']);
  });

  it('[DE7] a drive that has to be refreshed is refreshed while it still moves', async () => {
    const drive = percent({ readBack: holding(1), refresh: seconds(2) });
    const hub = await started(drive);
    let speed = 0;
    hub.field.reads.set(drive.id, ({ value }) => (speed = Math.min(number(value), speed + 1)));
    hub.commit(hub.term, hub.toFrame(60));
    await hub.live(10);
    const told = hub.values().slice(hub.values().indexOf(60));
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(new Set(told)).toEqual(new Set([60]));
  });

  it('[DE7] a safe state followed by a request of the same value is written once', async () => {
    const hub = await started(
      percent({ failSafe: { after: millis(3000), value: 40 } }),
      ({ value, before, sinceMs }) => (sinceMs < 500 ? before : value),
      80,
    );
    await hub.time.advance(3600);
    hub.renew(hub.term);
    const term = hub.join();
    hub.renew(term);
    await hub.serveAll();
    hub.commit(term, hub.toFrame(40));
    for (let tenth = 0; tenth < 20; tenth += 1) {
      await hub.serveAll();
      await hub.time.advance(100);
    }
    expect(hub.values()).toEqual([40]);
    expect(hub.state()).toMatchObject({ phase: 'confirmed', confirmed: 40 });
  });

  it('[FB8] a safe state that the unit refuses as a mistake of the configuration is tried once a minute', async () => {
    const hub = createGateFixture({ outputs: { 'room/heater': true } });
    const refused = { ...refusedWrite, outcome: { kind: 'refused', why: '02: no such address', isConfiguration: true } } as const;
    for (let second = 0; second < 50; second += 1) {
      await hub.time.advance(1000);
      await hub.serveAll(refused);
    }
    expect(hub.field.ledger).toHaveLength(1);
    expect(hub.alarms()).toContain('device/room/heater/failed active');
    for (let second = 0; second < 30; second += 1) {
      await hub.time.advance(1000);
      await hub.serveAll();
    }
    expect(hub.field.ledger).toHaveLength(2);
    expect(hub.state()).toMatchObject({ phase: 'safe', confirmed: false });
  });
});
