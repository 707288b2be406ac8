import { minutes, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createGateFixture, startAt, toSpec } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';
import { heater, running, restart } from './testing/running-gate.ts';

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

describe('a device that does what it likes', () => {
  it('[DE6] one that changes by itself is in discrepancy, with an alarm, and is put right by a command of the hub', async () => {
    const { field, serveAll, state, alarms, phases, deviceEntries } = await running();
    field.outputs.set(heater, false);
    field.report(toSpec());
    expect(phases().slice(-2)).toEqual(['discrepancy', 'requested']);
    expect(alarms()).toEqual(['device/room/heater/discrepancy active']);
    const discrepancy = deviceEntries().at(-2);
    expect(discrepancy?.why).toMatch(/^changed by itself: should be on, but reads off since \d\d:\d\d:\d\d; the hub puts it back$/);
    expect(deviceEntries().at(-1)).toMatchObject({ by: { kind: 'hub' }, cause: { lsn: discrepancy?.lsn } });
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
