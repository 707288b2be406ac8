import { minutes, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { lost, stuck } from './testing/fake-field.ts';
import { startAt } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';
import { heater, running, restart } from './testing/running-gate.ts';

describe('fail-safe', () => {
  it('[LE4] without a valid renewal for failSafe.after the output is driven to its safe state, which is said', async () => {
    const { time, serveAll, field, state, deviceEntries } = await running();
    await time.advance(9999);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    await time.advance(1);
    await serveAll();
    expect(field.outputs.get(heater)).toBe(false);
    expect(state()).toMatchObject({
      phase: 'safe',
      requested: false,
      confirmed: false,
      by: { kind: 'hub' },
      why: 'no automation for 10 s',
    });
    expect(
      deviceEntries()
        .slice(-4)
        .map(({ phase, by }) => `${phase} ${by.kind}`),
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
    gate.acknowledge(heater, { kind: 'user', id: 'anna' });
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
    gate.acknowledge(heater, { kind: 'user', id: 'anna' });
    await serveAll();
    expect(field.outputs.get(heater)).toBe(true);
    expect(alarms().at(-1)).toBe('device/room/heater/latched cleared');
  });

  const hold = { after: seconds(30), hold: 'a cold shock is worse', maxHold: minutes(30), then: 0 } as const;

  it('[LE4] the holding form leaves the output as it is, logs that, and ends after maxHold', async () => {
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
