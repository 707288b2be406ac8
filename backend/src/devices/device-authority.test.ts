import { minutes, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../site/site.ts';
import { FakeField, lost, stuck } from './testing/fake-field.ts';
import { createGateFixture, startAt, toSpec, type GateFixtureOptions } from './testing/gate-fixture.ts';
import { settle, VirtualTime } from './testing/virtual-time.ts';

const heater = 'room/heater';

/** A hub with its outputs read and a service that holds the lease; the heater was requested on, and is. */
const running = async (part: Partial<DeviceSpec> = {}, options: GateFixtureOptions = {}) => {
  const hub = createGateFixture({ devices: [toSpec(part)], outputs: { [heater]: false }, ...options });
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  const on = hub.toFrame(part.kind === 'percent' ? 80 : true);
  hub.commit(term, on);
  await hub.serveAll();
  hub.field.ledger.length = 0;
  return { ...hub, term, on };
};

/** The same disk and outputs under a new process, `awayMs` later. */
const restart = async (
  hub: Awaited<ReturnType<typeof running>>,
  { awayMs = 1000, part = {}, wallStep = 0 }: { awayMs?: number; part?: Partial<DeviceSpec>; wallStep?: number } = {},
) => {
  hub.endRun();
  const time = new VirtualTime({ up: hub.time.clock.up() + awayMs, at: hub.time.clock.at() + awayMs + wallStep });
  const field = new FakeField(time.clock);
  for (const [id, value] of hub.field.outputs) field.outputs.set(id, value);
  return createGateFixture({ devices: [toSpec(part)], disk: hub.store.disk, time, field, bootId: 'boot-2' });
};

describe('the term at the write', () => {
  it('[CO4] [IN7] a request whose lease ended before INTENT was on disk is cancelled, and nothing is written', async () => {
    const { commit, toFrame, term, leave, serveAll, field, endsOf } = await running();
    const frame = toFrame(false);
    commit(term, frame);
    leave();
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
  });

  it('[CO4] [IN7] a write that waits for the bus while the term changes is withdrawn', async () => {
    const { commit, toFrame, term, join, serveAll, field, endsOf } = await running();
    const frame = toFrame(false);
    commit(term, frame);
    await settle();
    expect(field.queue).toHaveLength(1);
    join();
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
    expect(field.outputs.get(heater)).toBe(true);
  });

  it('[LE3] [IN9] a lease that changes hands while an outcome is being reported leaves every command with one end', async () => {
    const { commit, toFrame, term, leases, serveAll, store, endsOf } = await running({ minOn: seconds(60) });
    const held = toFrame(false);
    leases.request('standby', 'automation-2', 'room');
    const ending = store.log.head$.subscribe(() => leases.release('session-1'));
    commit(term, held);
    ending.unsubscribe();
    await serveAll();
    expect(leases.covering(heater)?.holder).toBe('automation-2');
    expect(endsOf(held.id)).toEqual(['cancelled']);
    expect(store.commands.open()).toEqual([]);
  });

  it('[LE3] [IN9] … or while the held request is being reported', async () => {
    const { commit, toFrame, leases, term, store, deviceEntries, endsOf } = await running({ minOn: seconds(60) });
    const held = toFrame(false);
    leases.request('standby', 'automation-2', 'room');
    const ending = store.log.head$.subscribe(() => {
      if (deviceEntries().at(-1)?.phase === 'held') leases.release('session-1');
    });
    commit(term, held);
    ending.unsubscribe();
    expect(endsOf(held.id)).toEqual(['cancelled']);
    expect(store.commands.open()).toEqual([]);
  });

  it('[LE3] a grant cancels what is requested and held; the output stays as it is until the new request', async () => {
    const { commit, toFrame, term, join, serveAll, field, endsOf, state, time, renew } = await running({ minOn: seconds(60) });
    const held = toFrame(false);
    commit(term, held);
    expect(state()?.phase).toBe('held');
    const next = join();
    expect(endsOf(held.id)).toEqual(['cancelled']);
    renew(next);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    await time.advance(2000);
    expect(field.queue).toEqual([]);
    const anew = toFrame(true);
    commit(next, anew);
    await serveAll();
    expect(endsOf(anew.id)).toEqual(['confirmed']);
    expect(field.ledger).toEqual([]);
  });
});

describe('limits in time', () => {
  it('[DE2] minOff holds a start, says until when, and applies the request when it is over', async () => {
    const { commit, toFrame, term, serveAll, live, field, endsOf, deviceEntries, state } = await running({ minOff: seconds(20) });
    commit(term, toFrame(false));
    await serveAll();
    const start = toFrame(true);
    commit(term, start);
    expect(state()).toMatchObject({
      phase: 'held',
      requested: true,
      confirmed: false,
      why: 'waits for min-off until 08:00:20',
      until: startAt + 20_000,
    });
    await live(term, 19);
    expect(field.outputs.get(heater)).toBe(false);
    await live(term, 2);
    expect(field.outputs.get(heater)).toBe(true);
    expect(endsOf(start.id)).toEqual(['confirmed']);
    expect(deviceEntries().filter(({ id, phase }) => id === start.id && phase === 'held')).toHaveLength(1);
  });

  it('[DE2] minOn holds a stop for comfort, and a request to stay on takes it back', async () => {
    const { commit, toFrame, term, serveAll, live, field, endsOf } = await running({ minOn: seconds(20) });
    const [stop, stay] = [toFrame(false), toFrame(true)];
    commit(term, stop);
    await live(term, 5);
    commit(term, stay);
    await serveAll();
    await live(term, 30);
    expect([endsOf(stop.id), endsOf(stay.id)]).toEqual([['superseded'], ['confirmed']]);
    expect(field.ledger).toEqual([]);
  });

  it('[DE2] fail-safe is a safety stop and does not ask minOn', async () => {
    const { time, serveAll, field } = await running({ minOn: minutes(10) });
    await time.advance(10_000);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DE2] a limit goes on over a restart, from the log', async () => {
    const before = await running({ minOff: seconds(60) });
    before.commit(before.term, before.toFrame(false));
    await before.serveAll();
    const { serveAll, join, renew, commit, toFrame, state, live, field } = await restart(before, { part: { minOff: seconds(60) } });
    await serveAll();
    const term = join();
    renew(term);
    commit(term, toFrame(true));
    expect(state()).toMatchObject({ phase: 'held', why: 'waits for min-off until 08:01:00' });
    await live(term, 61);
    expect(field.outputs.get(heater)).toBe(true);
  });

  it('[DE2] where the past is unknown the limit does not hold', async () => {
    const hub = createGateFixture({ devices: [toSpec({ minOff: minutes(10) })], outputs: { [heater]: false } });
    await hub.serveAll();
    const term = hub.join();
    hub.commit(term, hub.toFrame(true));
    await hub.serveAll();
    expect(hub.field.outputs.get(heater)).toBe(true);
  });
});

describe('fail-safe', () => {
  it('[LE4] without a valid renewal for failSafe.after the output is driven to its safe state, which is said', async () => {
    const { time, serveAll, field, state, deviceEntries } = await running();
    await time.advance(9999);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    await time.advance(1);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()).toMatchObject({ phase: 'safe', requested: false, confirmed: false, by: 'hub', why: 'no automation for 10 s' });
    expect(
      deviceEntries()
        .slice(-4)
        .map(({ phase, by }) => `${phase} ${by}`),
    ).toEqual(['requested hub', 'written hub', 'confirmed hub', 'safe hub']);
  });

  it('[LE4] renewals keep it away, a stuck engine does not', async () => {
    const { live, term, field, time, renew, serveAll, pulse } = await running();
    await live(term, 30);
    expect(field.outputs.get(heater)).toBe(true);
    // The heartbeat goes on; the cursor of the engine does not.
    for (let second = 0; second < 14; second += 1) {
      pulse();
      await time.advance(1000);
      await serveAll();
    }
    renew(term);
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[LE4] grants without an engine behind them do not keep an output alive', async () => {
    const { join, time, field, serveAll } = await running();
    for (let second = 0; second < 11; second += 1) {
      join();
      await time.advance(1000);
      await serveAll();
    }
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[CO1] fail-safe cancels the standing request: a new lease alone brings nothing back', async () => {
    const { time, serveAll, join, live, field, renew } = await running();
    await time.advance(10_000);
    await serveAll();
    const term = join();
    renew(term);
    await live(term, 5);
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[LE4] coming back is automatic: the next request under a live lease counts', async () => {
    const { time, serveAll, join, renew, commit, toFrame, field, state } = await running();
    await time.advance(10_000);
    await serveAll();
    const term = join();
    renew(term);
    commit(term, toFrame(true));
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    expect(state()?.phase).toBe('confirmed');
  });

  it('[LE4] with a manual restart, requests are held until somebody acknowledges', async () => {
    const { time, serveAll, join, live, commit, toFrame, field, state, gate, endsOf } = await running({ restart: 'manual' });
    await time.advance(10_000);
    await serveAll();
    const term = join();
    const frame = toFrame(true);
    commit(term, frame);
    await live(term, 5);
    expect(state()).toMatchObject({ phase: 'held', requested: true, confirmed: false, why: expect.stringContaining('operator') });
    expect(field.outputs.get(heater)).toBe(false);
    gate.acknowledge(heater, 'user:anna');
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    expect(endsOf(frame.id)).toEqual(['confirmed']);
  });

  it('[LE4] the latch is an alarm, and a restart of the hub does not release it', async () => {
    const part = { restart: 'manual' } as const;
    const before = await running(part);
    await before.time.advance(10_000);
    await before.serveAll();
    expect(before.alarms()).toEqual(['device/room/heater/latched active']);
    const { serveAll, join, commit, toFrame, live, field, gate, alarms, state } = await restart(before, { part });
    const term = join();
    commit(term, toFrame(true));
    await serveAll();
    await live(term, 5);
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()?.phase).not.toBe('confirmed');
    gate.acknowledge(heater, 'user:anna');
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    expect(alarms().at(-1)).toBe('device/room/heater/latched cleared');
  });

  const hold = { after: seconds(30), hold: 'a cold shock is worse', maxHold: minutes(30), then: 0 } as const;

  it('[LE4] the holding form leaves the output as it is, says so, and ends after maxHold', async () => {
    const { time, serveAll, field, state } = await running({ kind: 'percent', failSafe: hold }, { outputs: { [heater]: 0 } });
    await time.advance(30_000);
    await serveAll();
    expect(state()).toMatchObject({
      phase: 'safe',
      confirmed: 80,
      why: 'no automation for 30 s; left as it is: a cold shock is worse',
      until: startAt + 30_000 + 30 * 60_000,
    });
    await time.advance(30 * 60_000 - 1);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(80);
    await time.advance(1);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(0);
    expect(state()?.phase).toBe('safe');
  });

  it('[LE4] a safe state that cannot be confirmed is an alarm, and is tried until it is', async () => {
    const { time, serveAll, field, alarms, state, deviceEntries } = await running();
    await time.advance(10_000);
    for (let second = 0; second < 60; second += 1) {
      await serveAll(stuck);
      await time.advance(1000);
    }
    expect(alarms()).toContain('device/room/heater/discrepancy active');
    expect(state()?.phase).not.toBe('safe');
    expect(deviceEntries().find(({ phase }) => phase === 'discrepancy')?.why).toContain('; the hub writes it again until it is confirmed');
    const said = deviceEntries().length;
    expect(field.ledger.length).toBeLessThan(12);
    for (let second = 0; second < 60; second += 1) {
      await serveAll();
      await time.advance(1000);
    }
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()?.phase).toBe('safe');
    expect(alarms().at(-1)).toBe('device/room/heater/discrepancy cleared');
    expect(deviceEntries().length - said).toBeLessThan(10);
  });

  it('[LE4] [FB2] the safe state overtakes other writes on the bus, a request does not', async () => {
    const { commit, toFrame, term, serveAll, time, field } = await running();
    commit(term, toFrame(false));
    await settle();
    expect(field.queue.map(({ isUrgent }) => isUrgent)).toEqual([false]);
    await serveAll();
    commit(term, toFrame(true));
    await serveAll();
    await time.advance(10_000);
    expect(field.queue.map(({ kind, isUrgent }) => `${kind} ${isUrgent}`)).toEqual(['write true']);
  });

  it('[LE4] the safe state is not written where the output is there already', async () => {
    const { commit, toFrame, term, serveAll, time, field, state } = await running();
    commit(term, toFrame(false));
    await serveAll();
    field.ledger.length = 0;
    await time.advance(10_000);
    await serveAll();
    expect(field.ledger).toEqual([]);
    expect(state()).toMatchObject({ phase: 'safe', why: 'no automation for 10 s' });
  });

  it('[LE4] a request that is being verified when its lease is long gone makes room for the safe state', async () => {
    const { commit, toFrame, term, serveAll, time, field, endsOf } = await running({ failSafe: { after: seconds(1), value: true } });
    const frame = toFrame(false);
    await time.advance(500);
    commit(term, frame);
    await settle();
    field.serve({ fate: lost });
    await time.advance(1000);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['superseded']);
    expect(field.outputs.get(heater)).toBe(true);
  });
});

describe('a device that does what it likes', () => {
  it('[DE6] one that changes by itself is in discrepancy, with an alarm, and is put right by a command of the hub', async () => {
    const { field, serveAll, state, alarms, phases, deviceEntries } = await running();
    field.outputs.set(heater, false);
    field.report(toSpec());
    expect(phases().slice(-2)).toEqual(['discrepancy', 'requested']);
    expect(alarms()).toEqual(['device/room/heater/discrepancy active']);
    const discrepancy = deviceEntries().at(-2);
    expect(discrepancy?.why).toMatch(/^changed by itself: should be on, but reads off since \d\d:\d\d:\d\d; the hub puts it back$/);
    expect(deviceEntries().at(-1)).toMatchObject({ by: 'hub', cause: { lsn: discrepancy?.lsn } });
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    expect(state()?.phase).toBe('confirmed');
    expect(alarms().at(-1)).toBe('device/room/heater/discrepancy cleared');
  });

  it('[DE6] one that does it again and again is driven to its safe state and left there', async () => {
    const { field, serveAll, state, live, term } = await running();
    for (let time = 0; time < 3; time += 1) {
      field.outputs.set(heater, false);
      field.report(toSpec());
      await serveAll();
      await live(term, 2);
    }
    expect(state()?.phase).toBe('safe');
    await live(term, 20);
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DE6] [IN7] it is not put right under a lease that is gone', async () => {
    const { field, serveAll, leave, state } = await running();
    leave();
    field.outputs.set(heater, false);
    field.report(toSpec());
    await serveAll();
    expect(field.ledger).toEqual([]);
    expect(state()?.phase).toBe('discrepancy');
  });

  it('[DE6] one that leaves its safe state by itself is driven back', async () => {
    const { field, serveAll, time, state } = await running();
    await time.advance(10_000);
    await serveAll();
    field.outputs.set(heater, true);
    field.report(toSpec());
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()?.phase).toBe('safe');
  });

  it('[DE8] one that does not answer has no known state, with an alarm, until it answers', async () => {
    const { field, live, term, state, alarms } = await running();
    for (let poll = 0; poll < 7; poll += 1) {
      field.report(toSpec(), true);
      await live(term, 1);
    }
    expect(state()).toMatchObject({ phase: 'unknown', confirmed: null, requested: true });
    expect(alarms()).toEqual(['device/room/heater/silent active']);
    field.report(toSpec());
    expect(state()).toMatchObject({ phase: 'confirmed', confirmed: true });
    expect(alarms().at(-1)).toBe('device/room/heater/silent cleared');
  });

  it('[DE8] one lost poll says nothing', async () => {
    const { field, live, term, deviceEntries } = await running();
    const before = deviceEntries().length;
    for (let poll = 0; poll < 12; poll += 1) {
      field.report(toSpec(), poll % 3 === 0);
      await live(term, 1);
    }
    expect(deviceEntries()).toHaveLength(before);
  });
});

describe('a start of the hub', () => {
  it('[DE5] outputs are read first, and nothing is written before', async () => {
    const { field } = createGateFixture({ outputs: { [heater]: true } });
    expect(field.queue.map(({ kind }) => kind)).toEqual(['read']);
  });

  it('[DE5] the very first start drives outputs to their safe state', async () => {
    const { field, serveAll, state } = createGateFixture({ outputs: { [heater]: true } });
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()).toMatchObject({ phase: 'safe', code: 'fail-safe/not-commanded' });
  });

  it('[DE5] after a short absence outputs stay, and the clock of fail-safe goes on', async () => {
    const { field, serveAll, state, time } = await restart(await running(), { awayMs: 6000 });
    await serveAll();
    expect(state()).toMatchObject({ phase: 'confirmed', confirmed: true, requested: null });
    await time.advance(3999);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    await time.advance(1);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DE5] after a long absence the safe state is written', async () => {
    const { field, serveAll } = await restart(await running(), { awayMs: 10_000 });
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DE5] where nobody knows how long the hub was away the safe state is written', async () => {
    const { field, serveAll } = await restart(await running(), { awayMs: 0, wallStep: -60_000 });
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DE5] a request that comes before the first reading waits for it, and then goes before fail-safe', async () => {
    const { field, serveAll, join, commit, toFrame, endsOf, state } = createGateFixture({ outputs: { [heater]: false } });
    const frame = toFrame(true);
    commit(join(), frame);
    await settle();
    expect(field.queue.map(({ kind }) => kind)).toEqual(['read']);
    expect(state()).toMatchObject({ phase: 'requested', requested: true, confirmed: null });
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(field.ledger.map(({ value }) => value)).toEqual([true]);
  });

  it('[DE5] a unit that does not answer is an alarm, is asked again, and holds nobody up', async () => {
    const fan = toSpec({ id: 'room/fan' });
    const { field, serveAll, alarms, state, time } = createGateFixture({ devices: [toSpec(), fan], outputs: { 'room/fan': true } });
    for (let second = 0; second < 7; second += 1) {
      await serveAll();
      await time.advance(1000);
    }
    expect(state('room/fan')?.phase).toBe('safe');
    expect(state()?.phase).toBe('unknown');
    expect(alarms()).toEqual(['device/room/heater/silent active']);
    field.outputs.set(heater, true);
    await serveAll();
    await time.advance(1000);
    await serveAll();
    expect(state()?.phase).toBe('safe');
    expect(alarms().at(-1)).toBe('device/room/heater/silent cleared');
  });

  it('[DE5] a unit that answers with no value of its own takes commands, and the first one puts it right', async () => {
    const { field, serveAll, join, commit, toFrame, endsOf, state } = createGateFixture({ outputs: { [heater]: false } });
    const frame = toFrame(true);
    commit(join(), frame);
    await settle();
    const [asked] = field.queue.splice(0, 1);
    asked?.settle({ kind: 'silent', why: '-114.3 % is not from 0 % to 100 %', isAnswered: true });
    await settle();
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(field.ledger.map(({ value }) => value)).toEqual([true]);
    expect(state()).toMatchObject({ phase: 'confirmed', confirmed: true });
  });

  it('[CO5] an INTENT without an outcome is settled by reading back alone: equal is confirmed', async () => {
    const before = await running();
    const frame = before.toFrame(false);
    before.commit(before.term, frame);
    await settle();
    before.field.outputs.set(heater, false);
    const { serveAll, endsOf, field } = await restart(before);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(field.ledger).toEqual([]);
  });

  it('[CO5] … different is cancelled, and never written again', async () => {
    const before = await running();
    const frame = before.toFrame(false);
    before.commit(before.term, frame);
    await settle();
    const { serveAll, endsOf, field } = await restart(before);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
  });

  it('[CO5] … no answer is unknown, with an alarm', async () => {
    const before = await running();
    const frame = before.toFrame(false);
    before.commit(before.term, frame);
    await settle();
    before.field.outputs.delete(heater);
    const { serveAll, endsOf, alarms, time, field } = await restart(before);
    for (let second = 0; second < 7; second += 1) {
      await serveAll();
      await time.advance(1000);
    }
    expect(endsOf(frame.id)).toEqual(['unknown']);
    expect(alarms()).toContain('device/room/heater/unknown active');
    expect(field.ledger).toEqual([]);
  });

  it('[CO5] … a momentary is unknown whatever is read', async () => {
    const before = await running();
    const frame = before.toFrame(false, { op: 'momentary' });
    before.commit(before.term, frame);
    await settle();
    before.field.outputs.set(heater, false);
    const { serveAll, endsOf, field } = await restart(before);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['unknown']);
    expect(field.ledger).toEqual([]);
  });

  it('[CO7] [IN9] what was held when the hub died is cancelled, and not applied later', async () => {
    const before = await running({ minOn: seconds(3) });
    const frame = before.toFrame(false);
    before.commit(before.term, frame);
    const { serveAll, endsOf, field, time } = await restart(before, { part: { minOn: seconds(3) } });
    await serveAll();
    await time.advance(5000);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
  });
});

describe('the end of the hub', () => {
  it('[DR1] draining finishes the write in flight, leaves outputs, and begins nothing', async () => {
    const { gate, commit, toFrame, term, field, serveAll, endsOf, time } = await running({ minOn: seconds(1) });
    await time.advance(1000);
    const frame = toFrame(false);
    commit(term, frame);
    await settle();
    const drained = gate.drain();
    await serveAll();
    await drained;
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    await time.advance(60_000);
    expect(field.queue).toEqual([]);
  });

  it('[DR1] [IN9] a hub that drains does not answer to a device that changes by itself', async () => {
    const { gate, field, store } = await running();
    await gate.drain();
    field.outputs.set(heater, false);
    field.report(toSpec());
    expect(store.commands.open()).toEqual([]);
    expect(field.queue).toEqual([]);
  });

  it('[DR1] a request that is held when the hub drains is cancelled', async () => {
    const { gate, commit, toFrame, term, field, endsOf } = await running({ minOn: seconds(60) });
    const frame = toFrame(false);
    commit(term, frame);
    await gate.drain();
    expect(endsOf(frame.id)).toEqual(['cancelled']);
    expect(field.ledger).toEqual([]);
  });

  it('[DR1] Ctrl-C drives every output safe, and waits until each has been read back', async () => {
    const { gate, field, serveAll, state } = await running({ minOn: seconds(60) });
    let isDone = false;
    const done = gate.driveSafe().then(() => void (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    await serveAll();
    await done;
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()?.phase).toBe('safe');
  });

  it('[DR1] Ctrl-C gives up on an output that does not obey, within 5 s, and says so', async () => {
    const { gate, serveAll, time, alarms, state } = await running();
    let isDone = false;
    const done = gate.driveSafe().then(() => void (isDone = true));
    for (let slice = 0; slice < 20; slice += 1) {
      await serveAll(stuck);
      await time.advance(200);
    }
    expect(isDone).toBe(true);
    await done;
    expect(alarms()).toContain('device/room/heater/discrepancy active');
    expect(state()?.phase).toBe('failed');
  });
});
