import { millis, minutes, reasonOf, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { FakeField } from '../devices/testing/fake-field.ts';
import { createGateFixture, toSpec, type GateFixtureOptions } from '../devices/testing/gate-fixture.ts';
import { settle, VirtualTime } from '../devices/testing/virtual-time.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { doorLatch, doorOff, heater, hotLamp, lamp, toDoor, toLamp, toPlan, toTemperature } from './testing/room.ts';

const devices = [toSpec(), toLamp()];

/** A hub with outputs and first readings read, and a service with a lease; heater and light were requested on, and are. */
const running = async (interlocks: readonly string[] = [doorOff, hotLamp], options: Partial<GateFixtureOptions> = {}) => {
  const hub = createGateFixture({
    devices,
    outputs: { [heater]: false, [lamp]: 0 },
    plan: toPlan(interlocks, options.devices ?? devices),
    ...options,
  });
  hub.store.log.append([toDoor(false), toTemperature(25)]);
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  const request = (device: string, value: boolean | number) => {
    const frame = hub.toFrame(value, { device });
    hub.commit(term, frame);
    return frame;
  };
  const requests = [request(heater, true), request(lamp, 80)] as const;
  await hub.serveAll();
  hub.field.ledger.length = 0;
  const output = (id: string) => hub.field.outputs.get(id);
  const tell = async (...drafts: Parameters<typeof hub.store.log.append>[0]) => {
    const entries = hub.store.log.append(drafts);
    await hub.serveAll();
    return entries;
  };
  /** Seconds in which everything is well, and read. */
  const pass = async (count: number, door = false, temperature = 25) => {
    for (let second = 0; second < count; second += 1) {
      hub.store.log.append([toDoor(door), toTemperature(temperature)]);
      await hub.live(term, 1);
    }
  };
  return { ...hub, term, request, requests, output, tell, pass };
};

/** A new process over what the hub before left, after a while in which nobody watched. */
const restart = async (hub: Awaited<ReturnType<typeof running>>, interlocks: readonly string[], awayMs: number) => {
  hub.endRun();
  const time = new VirtualTime({ up: hub.time.clock.up() + awayMs, at: hub.time.clock.at() + awayMs });
  const field = new FakeField(time.clock);
  for (const [id, value] of hub.field.outputs) field.outputs.set(id, value);
  const next = createGateFixture({ devices, disk: hub.store.disk, time, field, bootId: 'boot-2', plan: toPlan(interlocks) });
  await next.serveAll();
  return next;
};

describe('what interlocks do to a device', () => {
  it('[DE1] [DE3] a forced value is written at once, and the standing request again when it is over', async () => {
    const { tell, output, deviceEntries, state } = await running();
    await tell(toDoor(true));
    expect(output(heater)).toBe(false);
    expect(state(heater)).toMatchObject({ requested: true, confirmed: false, phase: 'held' });
    expect(state(heater)?.why).toBe('interlock room/safety/door: off');
    const before = deviceEntries().length;
    await tell(toDoor(false));
    expect(output(heater)).toBe(true);
    expect(deviceEntries().slice(before).at(-1)).toMatchObject({ phase: 'confirmed', value: true, why: 'the rule asks for it' });
  });

  it('[DE1] the entry of the interlock is the cause of what the hub writes', async () => {
    const { tell, deviceEntries, entries } = await running();
    await tell(toDoor(true));
    const trip = entries().find((entry) => entry.kind === 'interlock' && entry.state === 'tripped' && entry.lsn > 10);
    const written = deviceEntries().findLast(({ phase, device }) => phase === 'written' && device === heater);
    expect(written).toMatchObject({ by: { kind: 'hub' }, value: false, cause: { lsn: trip?.lsn } });
    expect(trip).toMatchObject({
      id: 'room/safety/door',
      why: { code: 'interlock/state', params: { interlock: 'room/safety/door', state: 'tripped', because: 'door' } },
    });
  });

  it('[DE1] a request that is denied is held, names the interlock, and is written when it is over', async () => {
    const { tell, request, serveAll, field, output, deviceEntries, endsOf } = await running();
    await tell(toDoor(true));
    const off = request(heater, false);
    await serveAll();
    const on = request(heater, true);
    await serveAll();
    field.ledger.length = 0;
    expect(deviceEntries().filter(({ id }) => id === on.id)).toMatchObject([
      { phase: 'requested' },
      { phase: 'held', why: 'interlock room/safety/door: off' },
    ]);
    expect(endsOf(off.id)).toEqual(['confirmed']);
    await tell(toDoor(false));
    expect(endsOf(on.id)).toEqual(['confirmed']);
    expect(output(heater)).toBe(true);
    expect(field.ledger).toHaveLength(1);
  });

  it('[DE3] a limit caps the value, and lets pass what is below it', async () => {
    const { tell, request, serveAll, output, endsOf, state } = await running();
    await tell(toTemperature(40));
    expect(output(lamp)).toBe(40);
    expect(state(lamp)).toMatchObject({ requested: 80, confirmed: 40 });
    const low = request(lamp, 30);
    await serveAll();
    expect(output(lamp)).toBe(30);
    expect(endsOf(low.id)).toEqual(['confirmed']);
    request(lamp, 90);
    await serveAll();
    expect(output(lamp)).toBe(40);
    await tell(toTemperature(25));
    expect(output(lamp)).toBe(90);
  });

  it('[DE2] an interlock does not wait for minOn, and the request waits for minOff after it', async () => {
    const limited = [toSpec({ minOn: minutes(5), minOff: seconds(20) }), toLamp()];
    const { tell, output, pass } = await running([doorOff], { devices: limited });
    await tell(toDoor(true));
    expect(output(heater)).toBe(false);
    await tell(toDoor(false));
    expect(output(heater)).toBe(false);
    await pass(21);
    expect(output(heater)).toBe(true);
  });

  it('[DE1] comes before the fail-safe: a safe value that is denied is not written', async () => {
    const safeOn = [toSpec({ failSafe: { after: millis(10_000), value: true } }), toLamp()];
    const { tell, leave, time, output, serveAll, store } = await running([doorOff], { devices: safeOn });
    await tell(toDoor(true));
    leave();
    for (let second = 0; second < 15; second += 1) {
      store.log.append([{ kind: 'pulse' }]);
      await time.advance(1000);
      await serveAll();
    }
    expect(output(heater)).toBe(false);
    await tell(toDoor(false));
    expect(output(heater)).toBe(true);
  });

  it('[DE1] while the fail-safe leaves an output as it is, a limit still lowers it', async () => {
    const { tell, leave, time, serveAll, output } = await running();
    leave();
    await time.advance(11_000);
    await serveAll();
    expect(output(lamp)).toBe(80);
    await tell(toTemperature(40));
    expect(output(lamp)).toBe(40);
  });

  it('[DE6] a relay that moves by itself against an interlock is written again, however often', async () => {
    const { tell, field, output, serveAll } = await running();
    await tell(toDoor(true));
    for (let round = 0; round < 6; round += 1) {
      field.outputs.set(heater, true);
      field.report(toSpec());
      await serveAll();
      expect(output(heater)).toBe(false);
    }
  });

  it('[DE3] a momentary command against an interlock is cancelled, not kept for later', async () => {
    const { tell, toFrame, commit, term, serveAll, endsOf, field } = await running();
    await tell(toDoor(true));
    field.ledger.length = 0;
    const pulse = toFrame(true, { device: heater, op: 'momentary' });
    commit(term, pulse);
    await serveAll();
    expect(endsOf(pulse.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
  });

  it('[DE3] interlocks that leave nothing take the safe value, with an alarm while they do', async () => {
    const plan = toPlan([doorOff]);
    const torn = { value: 50, by: ['a', 'b'], why: reasonOf('interlock/contradiction', { interlocks: ['a', 'b'] }), isContradicted: true };
    let isTorn = false;
    const { output, alarms, field, serveAll } = await running([doorOff], {
      plan: { ...plan, restrict: (state, device, request) => (isTorn && device === lamp ? torn : plan.restrict(state, device, request)) },
    });
    const look = async (): Promise<void> => {
      field.report(toLamp());
      await serveAll();
    };
    isTorn = true;
    await look();
    expect(output(lamp)).toBe(50);
    expect(alarms().at(-1)).toBe('device/room/lamp/contradicted active');
    isTorn = false;
    await look();
    expect(output(lamp)).toBe(80);
    expect(alarms().at(-1)).toBe('device/room/lamp/contradicted cleared');
  });
});

describe('what interlocks know', () => {
  it('[DE3] what is not known trips, and a start alone does no more than that', async () => {
    const hub = createGateFixture({ devices, outputs: { [heater]: true, [lamp]: 90 }, plan: toPlan([doorLatch, hotLamp]) });
    await hub.serveAll();
    hub.store.log.append([{ kind: 'pulse' }]);
    await hub.serveAll();
    expect([hub.field.outputs.get(heater), hub.field.outputs.get(lamp)]).toEqual([false, 40]);
    hub.store.log.append([toDoor(false), toTemperature(20)]);
    await hub.serveAll();
    expect(hub.interlocks.status().map(({ state }) => state)).toEqual(['clear', 'clear']);
  });

  it('[DE3] a probe that falls silent trips after its maxAge', async () => {
    const { live, term, output } = await running();
    await live(term, 15);
    expect(output(lamp)).toBe(80);
    await live(term, 2);
    expect(output(lamp)).toBe(40);
  });

  it('[DE3] time that passes while a write waits for the bus is asked for at the write', async () => {
    const { live, time, request, field, output, term, serveAll } = await running();
    await live(term, 14);
    await time.advance(800);
    request(lamp, 90);
    await settle();
    expect(field.queue.map(({ kind, value }) => [kind, value])).toEqual([['write', 90]]);
    field.ledger.length = 0;
    await time.advance(400);
    await serveAll();
    expect(field.ledger.map(({ device, value }) => [device, value])).toEqual([[lamp, 40]]);
    expect(output(lamp)).toBe(40);
  });

  it('[DE3] an interlock that trips while a write waits for the bus takes it back', async () => {
    const { store, request, field, endsOf, serveAll, output } = await running();
    request(heater, false);
    await serveAll();
    const on = request(heater, true);
    await settle();
    expect(field.queue.some(({ kind }) => kind === 'write')).toBe(true);
    field.ledger.length = 0;
    store.log.append([toDoor(true)]);
    await serveAll();
    expect(field.ledger.filter(({ value }) => value === true)).toEqual([]);
    expect(endsOf(on.id)).toEqual(['superseded']);
    expect(output(heater)).toBe(false);
  });

  it('[DE3] alarms begin and end with their interlock', async () => {
    const { tell, alarms } = await running();
    const before = alarms().length;
    await tell(toDoor(true));
    await tell(toDoor(false));
    expect(alarms().slice(before)).toEqual(['room/safety/door active', 'room/safety/door cleared']);
  });

  it('[DE3] a latch stays until an operator lets it go, who is named', async () => {
    const { tell, pass, interlocks, output, entries } = await running([doorLatch]);
    await tell(toDoor(true));
    expect(() => interlocks.reset('room/safety/door', { kind: 'user', id: 'anna' })).toThrow('is tripped');
    await tell(toDoor(false));
    expect(() => interlocks.reset('room/safety/door', { kind: 'user', id: 'anna' })).toThrow('not been clear for long enough');
    expect(output(heater)).toBe(false);
    await pass(6);
    expect(interlocks.status()[0]).toMatchObject({ state: 'latched', isResettable: true });
    interlocks.reset('room/safety/door', { kind: 'user', id: 'anna' });
    await pass(1);
    expect(output(heater)).toBe(true);
    expect(entries().findLast(({ kind }) => kind === 'interlock')).toMatchObject({ state: 'clear', by: { kind: 'user', id: 'anna' } });
    expect(() => interlocks.reset('room/safety/nope', { kind: 'user', id: 'anna' })).toThrow('no interlock');
  });
});

describe('interlocks over a restart', () => {
  it.each([1000, 300_000])('[DE5] [DE3] a latch outlives the hub, away for %d ms', async (awayMs) => {
    const hub = await running([doorLatch]);
    await hub.tell(toDoor(true));
    await hub.tell(toDoor(false));
    const next = await restart(hub, [doorLatch], awayMs);
    next.store.log.append([toDoor(false)]);
    await next.serveAll();
    expect(next.interlocks.status()).toMatchObject([{ id: 'room/safety/door', state: 'latched' }]);
    expect(next.field.outputs.get(heater)).toBe(false);
  });

  it('[DE3] what had happened when the hub was killed is said by the next one', async () => {
    const time = new VirtualTime({ up: 100_000, at: 1_800_000_000_000 });
    const store = createMemoryStore({ clock: time.clock, random: () => 0.5 });
    store.log.append([toDoor(false), toTemperature(20), toDoor(true)]);
    const hub = createGateFixture({ devices, outputs: { [heater]: true, [lamp]: 0 }, disk: store.disk, time, plan: toPlan([doorOff]) });
    await hub.serveAll();
    expect(hub.entries().slice(3, 5)).toMatchObject([
      { kind: 'interlock', id: 'room/safety/door', state: 'tripped' },
      { kind: 'alarm', alarm: 'room/safety/door', state: 'active' },
    ]);
    expect(hub.field.outputs.get(heater)).toBe(false);
  });

  it('[DE3] a site without it ends an interlock, with its alarm', async () => {
    const hub = await running([doorLatch]);
    await hub.tell(toDoor(true));
    const next = await restart(hub, [], 1000);
    expect(next.entries().findLast(({ kind }) => kind === 'interlock')).toMatchObject({ id: 'room/safety/door', state: 'clear' });
    expect(next.alarms().at(-1)).toBe('room/safety/door cleared');
  });

  it('[DE3] what stands for very long is said again, so that every start finds it', async () => {
    const hub = await running([doorLatch]);
    await hub.tell(toDoor(true));
    const said = () => hub.entries().filter((entry) => entry.kind === 'interlock' && entry.state === 'tripped').length;
    const before = said();
    for (let batch = 0; batch < 11; batch += 1) hub.store.log.append(Array.from({ length: 2000 }, () => toDoor(true)));
    hub.store.log.append([{ kind: 'pulse' }]);
    expect(said()).toBe(before + 1);
  });
});
