import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { lost, lostButDone, refusedWrite, stuck } from './testing/fake-field.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';

/** A hub that has read its outputs, and a service with a lease. */
const started = async (options: Parameters<typeof createGateFixture>[0] = {}) => {
  const hub = createGateFixture({ outputs: { 'room/heater': false }, ...options });
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  return { ...hub, term };
};

describe('the life of a command', () => {
  it('[CO1] a frame becomes the standing request, is written, read back and confirmed', async () => {
    const { commit, toFrame, term, serveAll, field, deviceEntries, state } = await started();
    const frame = toFrame(true, { why: 'too cold' });
    commit(term, frame);
    expect(state()).toMatchObject({
      requested: true,
      written: null,
      confirmed: false,
      phase: 'requested',
      by: { kind: 'node', id: 'automation-1' },
    });
    await serveAll();
    expect(field.ledger.map(({ value }) => value)).toEqual([true]);
    const life = deviceEntries().filter(({ id }) => id === frame.id);
    expect(life.map(({ phase }) => phase)).toEqual(['requested', 'written', 'confirmed']);
    expect(life.map((entry) => entry.cause)).toEqual([frame.cause, frame.cause, frame.cause]);
    expect(state()).toMatchObject({ requested: true, written: true, confirmed: true, phase: 'confirmed', why: 'too cold' });
  });

  it('[CO5] INTENT is on disk before the write is on the wire', async () => {
    const { commit, toFrame, term, field, store } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    expect(field.queue).toEqual([]);
    await settle();
    expect(field.queue.map(({ kind }) => kind)).toEqual(['write']);
    expect(store.durable).toBe(store.log.head);
    // What a power cut at this moment leaves behind knows of it.
    expect(store.crash().commands.get(frame.id)?.stage).toBe('intent');
  });

  it('[CO5] an ambiguous write that was done is confirmed by reading back, without a second write', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    await serveAll(lostButDone);
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(field.ledger).toHaveLength(1);
  });

  it('[CO5] an ambiguous write that nobody can read back is unknown, with an alarm', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf, alarms, time, state } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    await settle();
    field.serve({ fate: lost });
    for (let second = 0; second < 2; second += 1) {
      await serveAll(lost, true);
      await time.advance(1000);
    }
    await serveAll(lost, true);
    expect(endsOf(frame.id)).toEqual(['unknown']);
    expect(alarms()).toContain('device/room/heater/unknown active');
    expect(state()).toMatchObject({ phase: 'unknown', confirmed: null });
    expect(field.ledger).toHaveLength(1);
  });

  it('[DE6] a relay that does not move is written three times, never confirmed, and driven to its safe state', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf, alarms, time, phases, state, pulse, renew, entries } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    for (let slice = 0; slice < 40; slice += 1) {
      pulse();
      renew(term);
      await serveAll(stuck);
      await time.advance(100);
    }
    expect(endsOf(frame.id)).toEqual(['failed']);
    expect(field.ledger.map(({ value }) => value)).toEqual([true, true, true]);
    expect(phases()).toContain('discrepancy');
    expect(alarms()).toContain('device/room/heater/discrepancy active');
    expect(entries().find((entry) => entry.kind === 'alarm' && entry.alarm === 'device/room/heater/discrepancy')).toMatchObject({
      why: { code: 'device/discrepancy', params: { expected: true, read: false, writes: 3, remedy: { kind: 'fail-safe' } } },
    });
    expect(state()).toMatchObject({ phase: 'safe', confirmed: false });
  });

  it('[DE6] its alarm stands although it is safe by chance, and is over when it does as commanded', async () => {
    const { commit, toFrame, term, serveAll, alarms, time, pulse, renew } = await started();
    const alive = async (fate?: typeof stuck): Promise<void> => {
      for (let slice = 0; slice < 40; slice += 1) {
        pulse();
        renew(term);
        await serveAll(fate);
        await time.advance(100);
      }
    };
    commit(term, toFrame(true));
    await alive(stuck);
    expect(alarms().at(-1)).toBe('device/room/heater/discrepancy active');
    commit(term, toFrame(false));
    await alive();
    expect(alarms().at(-1)).toBe('device/room/heater/discrepancy active');
    commit(term, toFrame(true));
    await alive();
    expect(alarms().at(-1)).toBe('device/room/heater/discrepancy cleared');
  });

  it('[DE6] a relay that takes its time is read again within a second, and not written again', async () => {
    const { commit, toFrame, term, field, serveAll, time, endsOf } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    await settle();
    field.serve({ fate: stuck });
    await serveAll();
    await time.advance(600);
    field.outputs.set('room/heater', true);
    await serveAll();
    await time.advance(300);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(field.ledger).toHaveLength(1);
  });

  it('[CO6] a refused write has failed, and says why', async () => {
    const { commit, toFrame, term, serveAll, endsOf, alarms, state } = await started();
    const frame = toFrame(true);
    commit(term, frame);
    await serveAll(refusedWrite);
    expect(endsOf(frame.id)).toEqual(['failed']);
    expect(alarms()).toContain('device/room/heater/failed active');
    expect(state()).toMatchObject({ phase: 'failed', why: 'exception 4', confirmed: false });
  });

  it('[CO6] a newer frame supersedes one that has not been written', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf } = await started();
    const [first, second] = [toFrame(true), toFrame(false)];
    commit(term, first, second);
    await serveAll();
    expect(endsOf(first.id)).toEqual(['superseded']);
    expect(endsOf(second.id)).toEqual(['confirmed']);
    expect(field.ledger).toEqual([]);
  });

  it('[CO6] a frame that comes while another is on the wire follows it', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf } = await started();
    const [first, second] = [toFrame(true), toFrame(false)];
    commit(term, first);
    await settle();
    commit(term, second);
    await serveAll();
    expect([endsOf(first.id), endsOf(second.id)]).toEqual([['confirmed'], ['confirmed']]);
    expect(field.ledger.map(({ value }) => value)).toEqual([true, false]);
  });

  it('[DE7] what the device is already is confirmed and not written', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf, deviceEntries } = await started();
    const frame = toFrame(false);
    commit(term, frame);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    expect(deviceEntries().filter(({ id }) => id === frame.id)).toHaveLength(2);
    expect(field.ledger).toEqual([]);
  });

  it('[CO2] the same id again has the recorded outcome and no second write', async () => {
    const { commit, toFrame, term, serveAll, field, store, deviceEntries } = await started();
    const [on, off] = [toFrame(true), toFrame(false)];
    commit(term, on);
    await serveAll();
    commit(term, off);
    await serveAll();
    const before = deviceEntries().length;
    commit(term, on, on);
    await serveAll();
    expect(deviceEntries()).toHaveLength(before);
    expect(store.commands.get(on.id)?.end).toBe('confirmed');
    expect(field.ledger.map(({ value }) => value)).toEqual([true, false]);
  });

  it('[CO1] what a transaction took back was never accepted', async () => {
    const { gate, store, toFrame, term, serveAll, field, phases } = await started();
    const frame = toFrame(true);
    const before = phases().length;
    expect(() =>
      store.transact(() => {
        gate.accept([frame], { term, scope: 'room', nodeId: 'automation-1' });
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    gate.flush();
    await serveAll();
    expect(phases()).toHaveLength(before);
    expect(field.ledger).toEqual([]);
  });

  it('[DE8] a percentage is as fine as its registers', async () => {
    const place = toSpec().write;
    const register = { ...place.register, table: 'holding', type: 'u16' } as const;
    const valve = toSpec({ id: 'room/valve', kind: 'percent', write: { ...place, register }, readBack: { ...place, register } });
    const failSafe = { after: millis(10_000), value: 0 };
    const { commit, toFrame, term, serveAll, field, endsOf } = await started({
      devices: [{ ...valve, failSafe }],
      outputs: { 'room/valve': 0 },
    });
    const frame = toFrame(33.4);
    commit(term, frame);
    await settle();
    field.serve();
    field.outputs.set('room/valve', 33);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
  });
});

describe('what is not taken', () => {
  const refusals: readonly {
    readonly name: string;
    readonly part: Parameters<ReturnType<typeof createGateFixture>['toFrame']>[1];
    readonly value: boolean | number;
    readonly why: RegExp;
  }[] = [
    { name: 'an unknown device', part: { device: 'room/pump' }, value: true, why: /no device room\/pump/ },
    { name: 'a number for a switch', part: {}, value: 40, why: /40 is not possible: the device takes on or off/ },
    {
      name: 'a cause that this log does not have',
      part: { cause: { epoch: 'AAAAAAAAAAAA', lsn: 9_999_999 } },
      value: true,
      why: /no longer in this log/,
    },
    { name: 'a cause of another log', part: { cause: { epoch: 'zzzzzzzzzzzz', lsn: 1 } }, value: true, why: /no longer in this log/ },
  ];
  for (const { name, part, value, why } of refusals) {
    it(`[CO3] ${name} is refused, and the reason said`, async () => {
      const { commit, toFrame, term, serveAll, field, store, deviceEntries, state } = await started();
      const frame = toFrame(value, part);
      const before = state();
      commit(term, frame);
      await serveAll();
      expect(deviceEntries().at(-1)).toMatchObject({ phase: 'refused', id: frame.id, why: expect.stringMatching(why) });
      expect(store.commands.get(frame.id)).toBeNull();
      expect(field.ledger).toEqual([]);
      expect(state()).toEqual(before);
    });
  }

  it.each([
    ['no value, as JSON has NaN', { value: null }, /has no value/],
    ['a time to live of two hours', { ttlMs: 7_200_000 }, /ttlMs is 7200000, and must be from 1 to 3600000/],
    ['no time to live', { ttlMs: null }, /ttlMs is null/],
    ['a negative time to live', { ttlMs: -1 }, /ttlMs is -1/],
  ])('[CO3] a frame with %s is refused by itself, and the others of its commit are taken', async (_what, part, why) => {
    const { gate, store, toFrame, term, serveAll, deviceEntries, endsOf } = await started();
    const [broken, good] = [{ ...toFrame(true), ...part }, toFrame(true)];
    store.transact(() => {
      gate.accept([broken, good], { term, scope: 'room', nodeId: 'automation-1' });
      store.cursors.set('room', { epoch: store.log.epoch, lsn: store.log.head });
    });
    gate.flush();
    await serveAll();
    expect(deviceEntries().filter(({ id }) => id === broken.id)).toMatchObject([{ phase: 'refused', why: expect.stringMatching(why) }]);
    expect(endsOf(good.id)).toEqual(['confirmed']);
  });

  it('[CO3] a frame that comes after its time to live, counted in up, is refused', async () => {
    const { commit, toFrame, term, time, renew, serveAll, deviceEntries } = await started();
    const [late, inTime] = [toFrame(true, { ttlMs: 1999 }), toFrame(true, { ttlMs: 2000 })];
    time.stepWall(-3_600_000);
    await time.advance(2000);
    renew(term);
    commit(term, late, inTime);
    await serveAll();
    expect(deviceEntries().find(({ id }) => id === late.id)).toMatchObject({ phase: 'refused', why: expect.stringContaining('too late') });
    expect(
      deviceEntries()
        .filter(({ id }) => id === inTime.id)
        .map(({ phase }) => phase),
    ).toContain('confirmed');
  });

  it('[CO3] a frame under an older term is refused', async () => {
    const { commit, toFrame, term, join, serveAll, deviceEntries, field } = await started();
    const frame = toFrame(true);
    join();
    commit(term, frame);
    await serveAll();
    expect(deviceEntries().at(-1)).toMatchObject({ phase: 'refused', why: `term ${term} is not the current one` });
    expect(field.ledger).toEqual([]);
  });

  it('[CO3] a device outside the scope of the lease is refused', async () => {
    const { commit, toFrame, term, serveAll, deviceEntries } = await started({
      devices: [toSpec(), toSpec({ id: 'attic/fan', location: 'attic' })],
      outputs: { 'room/heater': false, 'attic/fan': false },
    });
    commit(term, toFrame(true, { device: 'attic/fan' }));
    await serveAll();
    expect(deviceEntries().at(-1)).toMatchObject({ phase: 'refused', why: expect.stringContaining('does not cover') });
  });

  it('[CO3] [DR1] a hub that goes down takes no new commands', async () => {
    const { commit, toFrame, term, gate, deviceEntries } = await started();
    await gate.drain();
    commit(term, toFrame(true));
    expect(deviceEntries().at(-1)).toMatchObject({ phase: 'refused', why: expect.stringContaining('shutting down') });
  });
});

describe('momentary commands', () => {
  it('[CO5] a momentary is written once, and its echo is its proof', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf, time } = await started();
    const frame = toFrame(true, { op: 'momentary' });
    commit(term, frame);
    await serveAll();
    expect(endsOf(frame.id)).toEqual(['confirmed']);
    field.outputs.set('room/heater', false);
    field.report(toSpec());
    await time.advance(1000);
    await serveAll();
    expect(field.ledger).toHaveLength(1);
  });

  it('[CO5] after an ambiguous end it is unknown, an alarm, and never repeated by itself', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf, alarms, live } = await started();
    const frame = toFrame(true, { op: 'momentary' });
    commit(term, frame);
    await serveAll(lost);
    await live(term, 30);
    expect(endsOf(frame.id)).toEqual(['unknown']);
    expect(alarms()).toContain('device/room/heater/unknown active');
    expect(field.ledger).toHaveLength(1);
  });

  it('[CO6] a momentary that would have to wait is refused', async () => {
    const { commit, toFrame, term, serveAll, deviceEntries, endsOf } = await started();
    const [set, momentary] = [toFrame(true), toFrame(false, { op: 'momentary' })];
    commit(term, set, momentary);
    await serveAll();
    expect(endsOf(set.id)).toEqual(['confirmed']);
    expect(
      deviceEntries()
        .filter(({ id }) => id === momentary.id)
        .map(({ phase }) => phase),
    ).toEqual(['refused']);
  });

  it('[CO6] a momentary is refused, not held, by a limit in time', async () => {
    const { commit, toFrame, term, serveAll, deviceEntries } = await started({ devices: [toSpec({ minOn: millis(60_000) })] });
    commit(term, toFrame(true));
    await serveAll();
    const momentary = toFrame(false, { op: 'momentary' });
    commit(term, momentary);
    await serveAll();
    expect(deviceEntries().at(-1)).toMatchObject({
      phase: 'refused',
      id: momentary.id,
      why: expect.stringContaining('min-on for another 60 s'),
    });
  });

  it('[CO6] a newer set does not merge with a momentary that has its INTENT', async () => {
    const { commit, toFrame, term, serveAll, field, endsOf } = await started();
    const [momentary, set] = [toFrame(true, { op: 'momentary' }), toFrame(false)];
    commit(term, momentary);
    commit(term, set);
    await serveAll();
    expect([endsOf(momentary.id), endsOf(set.id)]).toEqual([['confirmed'], ['confirmed']]);
    expect(field.ledger.map(({ value }) => value)).toEqual([true, false]);
  });
});
