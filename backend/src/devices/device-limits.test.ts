import { millis, minutes, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { lost, lostButDone } from './testing/fake-field.ts';
import { holding, percent, started, number } from './testing/slow-gate.ts';

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
    expect(hub.state()).toMatchObject({ phase: 'confirmed', confirmed: true, by: { kind: 'node', id: 'automation-1' }, why: 'too cold' });
  });

  it('[DE8] survives a restart of the hub', async () => {
    const hub = await started(toSpec());
    hub.commit(hub.term, hub.toFrame(true, { why: 'too cold' }));
    await hub.live(2);
    hub.endRun();
    const again = createGateFixture({ disk: hub.store.disk, time: hub.time, field: hub.field, bootId: 'boot-2' });
    await again.serveAll();
    expect(again.state()).toMatchObject({ phase: 'confirmed', confirmed: true, by: { kind: 'node', id: 'automation-1' }, why: 'too cold' });
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

  it('[DE7] a write with an unknown outcome is not refreshed, though the device answers again', async () => {
    const spec = percent({ readBack: holding(1), refresh: millis(500), settle: seconds(40) });
    const hub = await started(spec, () => 41);
    hub.commit(hub.term, hub.toFrame(60));
    await hub.live(1);
    // The drive is still on its way when the next value is lost on the line.
    const frame = hub.toFrame(20);
    hub.commit(hub.term, frame);
    for (let tenth = 0; tenth < 100 && hub.endsOf(frame.id).length === 0; tenth += 1) {
      hub.pulse();
      hub.renew(hub.term);
      await hub.time.advance(100);
      await hub.serveAll(lost, true);
    }
    expect(hub.endsOf(frame.id)).toEqual(['unknown']);
    const before = hub.values().length;
    await hub.live(10);
    expect(hub.values().slice(before)).toEqual([]);
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
    hub.gate.override('room/heater', { value: true, reason: 'to see', forMs: 3_600_000 }, { kind: 'user', id: 'anna' });
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
