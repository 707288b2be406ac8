import { millis, minutes, seconds, type DeviceValue } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec, RegisterPlace } from '../site/site.ts';
import type { Told, WriteFate } from './testing/fake-field.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { lost, lostButDone, refusedWrite } from './testing/fake-field.ts';

const holding = (address: number, scale = 0.1): RegisterPlace => ({
  bus: 'bus',
  unit: 1,
  register: { ...toSpec().write.register, table: 'holding', address, type: 'u16', scale },
});

const percent = (part: Partial<DeviceSpec> = {}): DeviceSpec =>
  toSpec({ kind: 'percent', write: holding(0), readBack: holding(0), failSafe: { after: millis(10_000), value: 0 }, ...part });

/** A hub that has read a device which does with a value as `reads` says. */
const started = async (spec: DeviceSpec, reads?: (told: Told) => DeviceValue, output: DeviceValue = spec.kind === 'switch' ? false : 0) => {
  const hub = createGateFixture({ devices: [spec], outputs: { [spec.id]: output } });
  if (reads !== undefined) hub.field.reads.set(spec.id, reads);
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  /** A second of a healthy engine and of polls, looked at as often as the hub looks. */
  const live = async (count: number, fate?: WriteFate): Promise<void> => {
    for (let tenth = 0; tenth < count * 10; tenth += 1) {
      if (tenth % 10 === 0) {
        hub.pulse();
        hub.renew(term);
        hub.field.report(spec);
      }
      await hub.time.advance(100);
      await hub.serveAll(fate);
    }
  };
  return { ...hub, term, live, values: () => hub.field.ledger.map(({ value }) => value) };
};

const number = (value: DeviceValue): number => Number(value);

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

describe('the cause of a state', () => {
  it('[DE8] survives a silence of the device', async () => {
    const hub = await started(toSpec());
    hub.commit(hub.term, hub.toFrame(true, { why: 'too cold' }));
    await hub.live(2);
    for (let second = 0; second < 8; second += 1) {
      hub.pulse();
      hub.renew(hub.term);
      hub.field.report(toSpec(), true);
      await hub.time.advance(1000);
    }
    expect(hub.state()).toMatchObject({ phase: 'unknown', confirmed: null });
    await hub.live(2);
    expect(hub.state()).toMatchObject({ phase: 'confirmed', confirmed: true, by: 'node:automation-1', why: 'too cold' });
  });

  it('[DE8] survives a restart of the hub', async () => {
    const hub = await started(toSpec());
    hub.commit(hub.term, hub.toFrame(true, { why: 'too cold' }));
    await hub.live(2);
    hub.endRun();
    const again = createGateFixture({ disk: hub.store.disk, time: hub.time, field: hub.field, bootId: 'boot-2' });
    await again.serveAll();
    expect(again.state()).toMatchObject({ phase: 'confirmed', confirmed: true, by: 'node:automation-1', why: 'too cold' });
  });

  it('[DE8] a stuck relay is shown as what it reads, steadily', async () => {
    const hub = await started(toSpec({ failSafe: { after: millis(3000), value: false } }), () => true, true);
    await hub.time.advance(4000);
    const seen = new Set<string>();
    for (let tenth = 0; tenth < 900; tenth += 1) {
      await hub.serveAll();
      if (tenth % 10 === 0) hub.field.report(toSpec());
      await hub.time.advance(100);
      if (tenth > 60) seen.add(`${hub.state()?.phase} ${hub.state()?.confirmed}`);
    }
    expect([...seen]).toEqual(['discrepancy true']);
  });
});

describe('the limits of a device', () => {
  it('[DE9] slew: a set value is approached by steps, and a safe state is not', async () => {
    const valve = percent({ slewPerS: 2 });
    const hub = await started(valve);
    const frame = hub.toFrame(20);
    hub.commit(hub.term, frame);
    await hub.live(6);
    expect(hub.values()).toEqual([2, 4, 6, 8, 10, 12]);
    expect(hub.state()).toMatchObject({ phase: 'held', requested: 20 });
    expect(hub.deviceEntries().find(({ phase, id }) => phase === 'held' && id === frame.id)?.until).toBeGreaterThan(0);
    await hub.live(6);
    expect(hub.values().at(-1)).toBe(20);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    hub.leave();
    for (let second = 0; second < 12; second += 1) {
      await hub.time.advance(1000);
      await hub.serveAll();
    }
    expect(hub.values().at(-1)).toBe(0);
    expect(hub.values().at(-2)).toBe(20);
  });

  it('[DE7] a request of what the device read as before the ramp began is written, not taken for done', async () => {
    const hub = await started(percent({ slewPerS: 2 }));
    const up = hub.toFrame(50);
    hub.commit(hub.term, up);
    await hub.serveAll();
    const back = hub.toFrame(0);
    hub.commit(hub.term, back);
    await hub.live(5);
    expect(hub.endsOf(up.id)).toEqual(['superseded']);
    expect(hub.endsOf(back.id)).toEqual(['confirmed']);
    expect(hub.values()).toEqual([2, 0]);
    expect(hub.alarms()).toEqual([]);
  });

  it('[DE7] a refresh repeats what went out last, and not what a device reads as that still moves', async () => {
    const failSafe = { after: millis(5000), hold: 'stopping it costs more', maxHold: minutes(10), then: 0 };
    const drive = percent({ readBack: holding(1), refresh: seconds(1), settle: seconds(60), failSafe });
    const hub = await started(drive, ({ value, before, sinceMs }) => Math.min(number(value), number(before) + sinceMs / 1000));
    hub.commit(hub.term, hub.toFrame(40));
    await hub.live(3);
    // Nobody commands any more: the request ends, and the drive is still on its way.
    for (let second = 0; second < 12; second += 1) {
      hub.field.report(drive);
      await hub.time.advance(1000);
      await hub.serveAll();
    }
    expect(hub.state()).toMatchObject({ phase: 'safe' });
    const values = hub.values().slice(hub.values().indexOf(40));
    expect(new Set(values)).toEqual(new Set([40]));
    expect(values.length).toBeGreaterThan(10);
  });

  it('[DE7] a refresh does not make a command of what a drive reads as after its own watchdog stopped it', async () => {
    const drive = percent({ readBack: holding(1), refresh: seconds(1), tolerance: 1, failSafe: { after: minutes(10), value: 0 } });
    const speed = { now: 40 };
    const hub = await started(drive, () => speed.now);
    hub.commit(hub.term, hub.toFrame(40));
    await hub.live(2);
    hub.leave();
    for (const now of [3.5, 16.2, 28.9, 40]) {
      speed.now = now;
      hub.field.report(drive);
      await hub.time.advance(1000);
      await hub.serveAll();
    }
    expect(new Set(hub.values().slice(hub.values().indexOf(40)))).toEqual(new Set([40]));
  });

  it('[DE7] [DE9] a refresh after a step without an answer repeats the step, and not where the ramp ends', async () => {
    const hub = await started(percent({ slewPerS: 2, refresh: millis(300) }));
    hub.commit(hub.term, hub.toFrame(20));
    await hub.serveAll(lostButDone);
    await hub.live(20);
    const values = hub.values().map(number);
    expect(values.filter((value, i) => i > 0 && value < (values[i - 1] ?? 0))).toEqual([]);
    expect(Math.max(...values.map((value, i) => value - (values[i - 1] ?? 0)))).toBeLessThanOrEqual(2.001);
    expect(values.slice(0, 3)).toEqual([0, 2, 2]);
    expect(values.at(-1)).toBe(20);
  });

  it.each([
    ['was lost', lost],
    ['arrived', lostButDone],
  ])('[DE9] slew: no step is too long after one without an answer, which %s', async (_, fate) => {
    const spec = percent({ slewPerS: 2 });
    const hub = await started(spec);
    hub.commit(hub.term, hub.toFrame(20));
    const outputs: number[] = [];
    for (let tenth = 0; tenth < 200; tenth += 1) {
      outputs.push(number(hub.field.outputs.get(spec.id) ?? 0));
      await hub.live(0.1, tenth % 40 === 0 || tenth === 15 ? fate : undefined);
    }
    const steps = outputs.slice(1).map((value, i) => value - (outputs[i] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2.001);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(outputs.at(-1)).toBe(20);
  });

  it('[DE9] slew: a newer value goes on from where the ramp is', async () => {
    const hub = await started(percent({ slewPerS: 2 }));
    hub.commit(hub.term, hub.toFrame(20));
    await hub.live(4);
    hub.commit(hub.term, hub.toFrame(0));
    await hub.live(6);
    const values = hub.values().map(number);
    const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2.001);
    expect(values.at(-1)).toBe(0);
  });

  it('[DE9] deadband: a small change is not written, the end of the range is', async () => {
    const hub = await started(percent({ deadband: 3 }));
    for (const value of [50, 52, 48, 53, 100, 98]) {
      hub.commit(hub.term, hub.toFrame(value));
      await hub.live(2);
    }
    expect(hub.values()).toEqual([50, 53, 100]);
  });

  it('[DE9] maxStartsPerHour: the start after the last one that is allowed waits, and says until when', async () => {
    const hub = await started(toSpec({ maxStartsPerHour: 2 }));
    for (const value of [true, false, true, false, true]) {
      hub.commit(hub.term, hub.toFrame(value));
      await hub.live(5);
    }
    expect(hub.values()).toEqual([true, false, true, false]);
    expect(hub.state()).toMatchObject({ phase: 'held', why: expect.stringContaining('the limit of starts per hour') });
    await hub.live(3600);
    expect(hub.values()).toEqual([true, false, true, false, true]);
  });

  it('[DE9] maxRun: a run ends, rests for minOff, and goes on', async () => {
    const hub = await started(toSpec({ maxRun: seconds(30), minOff: seconds(20) }));
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(40);
    expect(hub.values()).toEqual([true, false]);
    expect(hub.state()).toMatchObject({ phase: 'held', requested: true, confirmed: false });
    await hub.live(20);
    expect(hub.values()).toEqual([true, false, true]);
  });

  it('[DE9] maxRun ends a run manually as well', async () => {
    const hub = await started(toSpec({ maxRun: seconds(30), minOff: seconds(20) }));
    hub.gate.override('room/heater', { value: true, reason: 'to see', forMs: 3_600_000 }, 'user:anna');
    await hub.live(40);
    expect(hub.values()).toEqual([true, false]);
  });

  it('[DE9] maxOnPerHour: what has run for so long waits until the hour has room, also over a restart', async () => {
    const spec = toSpec({ maxOnPerHour: minutes(1), minOff: seconds(1) });
    const hub = await started(spec);
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(90);
    expect(hub.values()).toEqual([true, false]);
    hub.endRun();
    const again = createGateFixture({ devices: [spec], disk: hub.store.disk, time: hub.time, field: hub.field, bootId: 'boot-2' });
    await again.serveAll();
    const term = again.join();
    again.renew(term);
    again.commit(term, again.toFrame(true));
    await again.serveAll();
    expect(again.state()).toMatchObject({ phase: 'held', why: expect.stringContaining('running time per hour') });
    expect(hub.values()).toEqual([true, false]);
  });
});
