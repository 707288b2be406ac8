import { hours, minutes, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toDoor, toPlan, doorOff } from '../interlocks/testing/room.ts';
import { lost, stuck } from './testing/fake-field.ts';
import { startAt, toSpec } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';
import { heater, anna, off, on, running, restart } from './testing/overridden-gate.ts';

describe('an override', () => {
  it('[DE4] is in the log with who, why and until when, and is written once it is on disk', async () => {
    const { gate, entries, store, serveAll, values, field } = await running();
    gate.override(heater, off, anna);
    expect(entries().findLast(({ kind }) => kind === 'override')).toMatchObject({
      device: heater,
      value: false,
      by: anna,
      reason: 'filter change',
      forMs: 3_600_000,
      until: startAt + 3_600_000,
    });
    expect(field.queue).toEqual([]);
    await serveAll();
    expect(store.durable).toBeGreaterThanOrEqual(entries().findLast(({ kind }) => kind === 'override')?.lsn ?? 0);
    expect(values()).toEqual([false]);
  });

  it('[CO5] is written by the hub, under an id from the device and the entry of the override', async () => {
    const { gate, entries, deviceEntries, serveAll, store } = await running();
    gate.override(heater, off, anna);
    await serveAll();
    const lsn = entries().findLast(({ kind }) => kind === 'override')?.lsn ?? 0;
    const written = deviceEntries().findLast(({ phase }) => phase === 'written');
    expect(written).toMatchObject({
      by: { kind: 'hub' },
      id: `hub/${heater}/${store.log.epoch}/${lsn}`,
      cause: { epoch: store.log.epoch, lsn },
    });
  });

  it('[DE1] goes before what is requested: requests are accepted, held, and say who has it and until when', async () => {
    const { gate, commit, term, toFrame, live, state, values } = await running();
    gate.override(heater, off, anna);
    await live(term, 2);
    commit(term, toFrame(true, { why: 'too cold' }));
    await live(term, 5);
    expect(values()).toEqual([false]);
    expect(state()).toMatchObject({ phase: 'held', requested: true, confirmed: false, until: startAt + 3_600_000 });
    expect(state()?.why).toBe('override by anna until 09:00:00: filter change');
  });

  it('[DE4] released, what is requested meanwhile is applied at once', async () => {
    const { gate, commit, term, toFrame, live, serveAll, state, values, endsOf } = await running();
    gate.override(heater, off, anna);
    await live(term, 2);
    const frame = toFrame(true);
    commit(term, frame);
    await live(term, 2);
    gate.release(heater, anna, null);
    await serveAll();
    expect(values()).toEqual([false, true]);
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(state()).toMatchObject({ phase: 'confirmed', confirmed: true });
  });

  it('[DE4] ends without a bump: what is requested already is not written again', async () => {
    const { gate, term, live, values } = await running();
    gate.override(heater, on, anna);
    await live(term, 2);
    gate.release(heater, anna, null);
    await live(term, 2);
    expect(values()).toEqual([]);
  });

  it('[DE4] ends by itself when its time is over, counted in `up` and not by the wall clock', async () => {
    const { gate, term, live, time, entries, values } = await running();
    gate.override(heater, { ...off, forMs: minutes(1) }, anna);
    await live(term, 30);
    time.stepWall(hours(5));
    await live(term, 29);
    expect(values()).toEqual([false]);
    await live(term, 2);
    expect(entries().findLast(({ kind }) => kind === 'override')).toMatchObject({ released: true, by: { kind: 'hub' } });
    expect(values()).toEqual([false, true]);
  });

  it('[DE4] says two minutes before that it is about to end, and no longer than it stands', async () => {
    const { gate, term, live, alarms, entries } = await running();
    gate.override(heater, { ...off, forMs: minutes(3) }, anna);
    await live(term, 58);
    expect(alarms()).toEqual([]);
    await live(term, 4);
    expect(entries().findLast(({ kind }) => kind === 'alarm')).toMatchObject({
      alarm: 'device/room/heater/override-ends',
      priority: 'P4',
      why: { code: 'override/ending', params: { by: anna } },
    });
    gate.release(heater, anna, 'done');
    expect(alarms()).toEqual(['device/room/heater/override-ends active', 'device/room/heater/override-ends cleared']);
  });

  it('[DE1] needs no lease, and stands over the fail-safe', async () => {
    const { gate, leave, time, serveAll, values, state } = await running();
    gate.override(heater, on, anna);
    leave();
    await time.advance(60_000);
    await serveAll();
    expect(values()).toEqual([]);
    expect(state()).toMatchObject({ confirmed: true });
    gate.release(heater, anna, null);
    await serveAll();
    expect(values()).toEqual([false]);
    expect(state()).toMatchObject({ phase: 'safe', confirmed: false });
  });

  it('[DE4] released while the output is held as it was left, leaves it as that was, and not as the hand had it', async () => {
    const failSafe = { after: seconds(10), hold: 'a cold shock is worse', maxHold: minutes(30), then: false } as const;
    const { gate, leave, time, serveAll, values, state } = await running({ failSafe });
    leave();
    await time.advance(11_000);
    await serveAll();
    gate.override(heater, off, anna);
    await serveAll();
    gate.release(heater, anna, null);
    await serveAll();
    expect(values()).toEqual([false, true]);
    expect(state()).toMatchObject({ phase: 'safe', confirmed: true });
    expect(state()?.why).not.toContain('anna until');
    await time.advance(minutes(30));
    await serveAll();
    expect(values()).toEqual([false, true, false]);
  });

  it('[DE1] stands over a latched fail-safe, which still waits for its acknowledgement afterwards', async () => {
    const { gate, leave, time, serveAll, values, alarms } = await running({ restart: 'manual' });
    leave();
    await time.advance(11_000);
    await serveAll();
    gate.override(heater, on, anna);
    await serveAll();
    expect(values()).toEqual([false, true]);
    gate.release(heater, anna, null);
    await serveAll();
    expect(values()).toEqual([false, true, false]);
    expect(alarms().at(-1)).toBe('device/room/heater/latched active');
  });

  it('[DE1] gives way to an interlock, and is applied when that releases it', async () => {
    const devices = [toSpec()];
    const { gate, store, serveAll, values, state } = await running({}, { devices, plan: toPlan([doorOff], devices) });
    store.log.append([toDoor(true)]);
    await serveAll();
    gate.override(heater, on, anna);
    await serveAll();
    expect(values()).toEqual([false]);
    expect(state()).toMatchObject({ confirmed: false, phase: 'held' });
    store.log.append([toDoor(false)]);
    await serveAll();
    expect(values()).toEqual([false, true]);
  });

  it('[DE2] limits in time hold a start manually, and no stop', async () => {
    const { gate, term, live, values, state } = await running({ minOn: minutes(5), minOff: seconds(30) });
    gate.override(heater, off, anna);
    await live(term, 2);
    expect(values()).toEqual([false]);
    gate.override(heater, on, anna);
    await live(term, 10);
    expect(values()).toEqual([false]);
    expect(state()).toMatchObject({ phase: 'held', confirmed: false });
    expect(state()?.why).toMatch(/^override by anna until 09:00:02: filter change; waits for min-off until 08:00:3\d$/);
    await live(term, 25);
    expect(values()).toEqual([false, true]);
  });

  it('[DE2] a compressor rests against everybody: an interlock that forces it on, a safe state, and a restart', async () => {
    const part = { minOff: minutes(3), protectCompressor: true, failSafe: { after: seconds(10), value: true } };
    const hub = await running(part);
    hub.gate.override(heater, off, anna);
    await hub.serveAll();
    hub.leave();
    await hub.time.advance(20_000);
    hub.gate.release(heater, anna, null);
    await hub.serveAll();
    expect(hub.values()).toEqual([false]);
    const again = await restart(hub, 1000, part);
    await again.serveAll();
    await again.time.advance(120_000);
    await again.serveAll();
    expect(again.field.ledger).toEqual([]);
    await again.time.advance(45_000);
    await again.serveAll();
    expect(again.field.ledger.map(({ value }) => value)).toEqual([true]);
  });

  it('[DE5] is restored after a restart of everything, with what is left of its time', async () => {
    const hub = await running();
    hub.gate.override(heater, { ...off, forMs: minutes(2) }, anna);
    await hub.serveAll();
    const again = await restart(hub, 60_000);
    await again.serveAll();
    const term = again.join();
    again.renew(term);
    again.commit(term, again.toFrame(true));
    await again.live(term, 30);
    expect(again.field.ledger).toEqual([]);
    expect(again.state()).toMatchObject({ phase: 'held', requested: true, confirmed: false });
    await again.live(term, 32);
    expect(again.field.ledger.map(({ value }) => value)).toEqual([true]);
  });

  it('[DE5] … and one that ended while the hub was away is over', async () => {
    const hub = await running();
    hub.gate.override(heater, { ...on, forMs: minutes(2) }, anna);
    await hub.serveAll();
    const again = await restart(hub, 300_000);
    await again.serveAll();
    expect(again.entries().findLast(({ kind }) => kind === 'override')).toMatchObject({ released: true });
    expect(again.field.ledger.map(({ value }) => value)).toEqual([false]);
  });

  it('[CO5] killed between INTENT and outcome, it is settled by reading back, and then written as what stands', async () => {
    const hub = await running();
    hub.gate.override(heater, off, anna);
    await settle();
    const id = hub.store.commands.open()[0]?.id ?? '';
    const again = await restart(hub);
    await again.serveAll();
    expect(again.endsOf(id)).toEqual(['cancelled']);
    expect(again.field.ledger.map(({ value }) => value)).toEqual([false]);
    expect(again.state()).toMatchObject({ confirmed: false });
  });

  it('[DR1] the end of the hub drives the output safe all the same, and leaves the override for the next start', async () => {
    const hub = await running();
    hub.gate.override(heater, on, anna);
    await hub.serveAll();
    const safe = hub.gate.driveSafe();
    await hub.serveAll();
    await safe;
    expect(hub.values()).toEqual([false]);
    const again = await restart(hub);
    await again.serveAll();
    expect(again.field.ledger.map(({ value }) => value)).toEqual([true]);
  });

  it('[DR1] a restart of the hub leaves the output to it', async () => {
    const hub = await running();
    hub.gate.override(heater, off, anna);
    await hub.serveAll();
    await hub.gate.drain();
    expect(() => hub.gate.override(heater, on, anna)).toThrow('shutting down');
    expect(hub.values()).toEqual([false]);
  });

  it('[CO4] a request that waits for the bus while somebody overrides the device is withdrawn', async () => {
    const { gate, commit, term, toFrame, serveAll, values, endsOf, field } = await running();
    gate.override(heater, on, anna);
    await serveAll();
    gate.release(heater, anna, null);
    const frame = toFrame(false);
    commit(term, frame);
    await settle();
    expect(field.queue).toHaveLength(1);
    gate.override(heater, on, anna);
    await serveAll();
    expect(values()).toEqual([]);
    expect(endsOf(frame.id)).toEqual(['superseded']);
  });

  it('[CO3] a momentary command is refused while somebody overrides the device', async () => {
    const { gate, commit, term, toFrame, serveAll, deviceEntries } = await running();
    gate.override(heater, off, anna);
    await serveAll();
    commit(term, toFrame(true, { op: 'momentary' }));
    expect(deviceEntries().at(-1)).toMatchObject({
      phase: 'refused',
      code: 'command/busy',
      why: expect.stringContaining('an override holds the device'),
    });
  });

  it('[DE6] a relay that does not move is tried again, with the alarm, and never reported as done', async () => {
    const { gate, serveAll, time, state, alarms } = await running();
    gate.override(heater, off, anna);
    for (let passed = 0; passed < 5000; passed += 200) {
      await serveAll(stuck);
      await time.advance(200);
    }
    expect(state()?.confirmed).not.toBe(false);
    expect(alarms()).toContain('device/room/heater/discrepancy active');
    for (let passed = 0; passed < 60_000; passed += 500) {
      await serveAll();
      await time.advance(500);
    }
    expect(state()).toMatchObject({ confirmed: false });
  });

  it('[DE6] what fights for the device is answered ever more seldom: no relay chatters', async () => {
    const { gate, field, serveAll, time, values } = await running();
    gate.override(heater, off, anna);
    await serveAll();
    for (let second = 0; second < 600; second += 1) {
      field.outputs.set(heater, true);
      field.report(toSpec());
      await serveAll();
      await time.advance(1000);
    }
    expect(values().length).toBeGreaterThan(8);
    expect(values().length).toBeLessThan(25);
  });

  it('[DE4] a newer override takes the place of an older one', async () => {
    const { gate, serveAll, values, state } = await running();
    gate.override(heater, off, anna);
    await serveAll();
    gate.override(heater, { ...on, reason: 'test' }, { kind: 'user', id: 'ben' });
    await serveAll();
    expect(values()).toEqual([false, true]);
    expect(state()?.why).toContain('ben');
  });

  it('[DE4] without a reason, an end, a fitting value or a device it is refused, and nothing is said', async () => {
    const { gate, entries } = await running({ maxOverride: hours(2) });
    const before = entries().length;
    expect(() => gate.override(heater, { ...off, reason: ' ' }, anna)).toThrow(expect.objectContaining({ code: 'override/invalid' }));
    expect(() => gate.override(heater, { ...off, forMs: hours(3) }, anna)).toThrow(expect.objectContaining({ code: 'override/invalid' }));
    expect(() => gate.override(heater, { ...off, value: 40 }, anna)).toThrow(expect.objectContaining({ code: 'command/value' }));
    expect(() => gate.override('room/none', off, anna)).toThrow(expect.objectContaining({ code: 'command/unknown-device' }));
    expect(() => gate.release(heater, anna, null)).toThrow(expect.objectContaining({ code: 'override/unknown' }));
    expect(entries()).toHaveLength(before);
  });

  it('[CO5] a write of it that got no answer is settled by reading back', async () => {
    const { gate, serveAll, deviceEntries, state, time, values } = await running();
    gate.override(heater, off, anna);
    await serveAll(lost);
    expect(deviceEntries().map(({ phase }) => phase)).not.toContain('failed');
    for (let passed = 0; passed < 2000; passed += 200) {
      await time.advance(200);
      await serveAll();
    }
    expect(values()).toEqual([false, false]);
    expect(state()).toMatchObject({ confirmed: false });
  });
});
