import { seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { stuck } from './testing/fake-field.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';
import { heater, running, restart } from './testing/running-gate.ts';

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

  it('[DR1] [CO6] Ctrl-C right after a start ends what an earlier run had begun, before it writes the safe state', async () => {
    const before = await running();
    const frame = before.toFrame(false);
    before.commit(before.term, frame);
    await settle();
    const { gate, serveAll, endsOf, field, store } = await restart(before);
    const done = gate.driveSafe();
    expect(endsOf(frame.id)).toEqual(['unknown']);
    await serveAll();
    await done;
    expect(store.commands.open()).toEqual([]);
    expect(field.outputs.get(heater)).toBe(false);
  });

  it('[DR1] Ctrl-C gives up on an output that does not obey, within 5 s, and logs that', async () => {
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
