import { millis, seconds, type DeviceValue } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../site/site.ts';
import type { RegisterPlace } from '../site/register.ts';
import { lost, lostButDone } from './testing/fake-field.ts';
import { createMemoryDisk } from '../store/memory-disk.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';

const holding = (address: number, scale: number): RegisterPlace => ({
  bus: 'bus',
  unit: 1,
  register: { ...toSpec().write.register, table: 'holding', address, type: 's16', scale },
});

const started = async (spec: DeviceSpec, outputs: Readonly<Record<string, DeviceValue>>) => {
  const hub = createGateFixture({ devices: [spec], outputs });
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  return { ...hub, term, values: () => hub.field.ledger.map(({ value }) => value) };
};

const ac = toSpec({
  id: 'room/ac',
  kind: 'setpoint',
  quantity: 'temperature',
  range: { min: 16, max: 30 },
  step: 0.5,
  write: holding(0, 0.1),
  readBack: holding(0, 0.1),
  failSafe: { after: millis(10_000), value: 24 },
});

const modes = [
  { name: 'off', raw: 0 },
  { name: 'heat', raw: 1 },
  { name: 'cool', raw: 2 },
];
const mode = toSpec({ id: 'room/mode', kind: 'mode', modes, minOff: seconds(20), failSafe: { after: millis(10_000), value: 'off' } });
const horn = toSpec({ id: 'room/horn', kind: 'momentary', minOff: seconds(5) });
const vent = toSpec({
  id: 'room/vent',
  kind: 'three-point',
  failSafe: { after: millis(10_000), value: 0 },
  threePoint: { closing: { write: toSpec().write, readBack: toSpec().readBack }, travel: millis(60_000), reversePause: millis(500) },
});

describe('a set-point', () => {
  it('[CO3] is taken within its range and in its steps, and refused otherwise', async () => {
    const hub = await started(ac, { 'room/ac': 24 });
    for (const value of [22.5, 22.3, 15.5, 31, true, 'heat']) {
      hub.commit(hub.term, hub.toFrame(value));
      await hub.live(hub.term, 1);
    }
    expect(hub.values()).toEqual([22.5]);
    const refused = hub.deviceEntries().filter(({ phase }) => phase === 'refused');
    expect(refused.map(({ why }) => why)).toEqual([
      '22.3 °C is not possible: the device takes steps of 0.5 °C; the nearest is 22.5 °C',
      '15.5 °C is not possible: the device takes 16 to 30 °C',
      '31 °C is not possible: the device takes 16 to 30 °C',
      'on is not possible: the device takes 16 to 30 °C',
      'heat is not possible: the device takes 16 to 30 °C',
    ]);
  });

  it('[DE4] is overridden with its unit in what people read', async () => {
    const hub = await started(ac, { 'room/ac': 24 });
    expect(() => hub.gate.override('room/ac', { value: 40, reason: 'to see', forMs: 60_000 }, { kind: 'user', id: 'anna' })).toThrow(
      '16 to 30 °C',
    );
    hub.gate.override('room/ac', { value: 20, reason: 'to see', forMs: 60_000 }, { kind: 'user', id: 'anna' });
    await hub.live(hub.term, 2);
    expect(hub.values()).toEqual([20]);
    expect(hub.state('room/ac')).toMatchObject({ confirmed: 20 });
  });

  it('[DE9] no command leaves its range or its steps, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.double({ min: -50, max: 80, noNaN: true }),
            fc.integer({ min: 32, max: 60 }).map((n) => n / 2),
          ),
          { maxLength: 12 },
        ),
        async (asked) => {
          const hub = await started({ ...ac, slewPerS: 0.5 }, { 'room/ac': 24 });
          for (const value of asked) {
            hub.commit(hub.term, hub.toFrame(value));
            await hub.live(hub.term, 3);
          }
          const written = hub.values().map(Number);
          expect(written.every((value) => value >= 16 && value <= 30 && Number.isInteger(value * 2))).toBe(true);
        },
      ),
      { seed: 20_261_131, numRuns: 100 },
    );
  });
});

describe('a mode', () => {
  it('[CO1] is taken by its name, and off counts as off', async () => {
    const hub = await started(mode, { 'room/mode': 'off' });
    for (const value of ['cool', 'off', 'heat']) {
      hub.commit(hub.term, hub.toFrame(value));
      await hub.live(hub.term, 2);
    }
    expect(hub.values().slice(-2)).toEqual(['cool', 'off']);
    expect(hub.state('room/mode')).toMatchObject({ phase: 'held', requested: 'heat', confirmed: 'off' });
    await hub.live(hub.term, 20);
    expect(hub.values().at(-1)).toBe('heat');
    hub.commit(hub.term, hub.toFrame('dry'));
    expect(hub.deviceEntries().at(-1)).toMatchObject({ phase: 'refused', why: expect.stringContaining('one of: off, heat, cool') });
  });
});

describe('a momentary device', () => {
  it('[DE8] that is found within a pulse when the hub starts is shown off once the pulse is over', async () => {
    const disk = createMemoryDisk();
    const before = createGateFixture({ devices: [horn], outputs: { 'room/horn': false }, disk });
    await before.serveAll();
    const term = before.join();
    before.renew(term);
    before.commit(term, before.toFrame(true, { op: 'momentary' }));
    await before.serveAll();
    before.endRun();
    const hub = createGateFixture({ devices: [horn], disk, time: before.time, field: before.field });
    before.field.ledger.splice(0);
    await hub.serveAll();
    expect(hub.state()).toMatchObject({ confirmed: true });
    hub.field.outputs.set('room/horn', false);
    hub.field.report(horn);
    await hub.serveAll();
    expect(hub.state()).toMatchObject({ confirmed: false, why: 'the pulse is over' });
    expect(hub.field.ledger).toEqual([]);
  });

  it('[DE11] is written once for each request, whatever became of the write', async () => {
    const fates = { lost, lostButDone } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('lost', 'lostButDone', 'echoed'), { minLength: 1, maxLength: 6 }), async (course) => {
        const hub = await started(horn, { 'room/horn': false });
        hub.field.reads.set('room/horn', ({ value, sinceMs }) => value === true && sinceMs < 300);
        const ids: string[] = [];
        for (const fate of course) {
          const frame = hub.toFrame(true, { op: 'momentary' });
          ids.push(frame.id);
          hub.commit(hub.term, frame);
          await hub.serveAll(fate === 'echoed' ? undefined : fates[fate]);
          hub.commit(hub.term, frame);
          hub.field.report(horn);
          await hub.live(hub.term, 6);
        }
        expect(hub.values().filter((value) => value === true)).toHaveLength(course.length);
        expect(ids.map((id) => hub.endsOf(id).length)).toEqual(ids.map(() => 1));
      }),
      { seed: 20_261_132, numRuns: 100 },
    );
  });

  it('[DE11] waits for nothing, and an override can only hold it off', async () => {
    const hub = await started(horn, { 'room/horn': false });
    hub.field.reads.set('room/horn', () => false);
    hub.commit(hub.term, hub.toFrame(true, { op: 'momentary' }));
    await hub.live(hub.term, 1);
    hub.commit(hub.term, hub.toFrame(true, { op: 'momentary' }));
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(hub.term, 1);
    expect(
      hub
        .deviceEntries()
        .filter(({ phase }) => phase === 'refused')
        .map(({ why }) => why),
    ).toEqual([expect.stringContaining('min-off'), expect.stringContaining('the device takes the op momentary')]);
    expect(() => hub.gate.override('room/horn', { value: true, reason: 'to see', forMs: 60_000 }, { kind: 'user', id: 'anna' })).toThrow(
      'hold it off',
    );
    hub.gate.override('room/horn', { value: false, reason: 'to see', forMs: 60_000 }, { kind: 'user', id: 'anna' });
    await hub.live(hub.term, 6);
    hub.commit(hub.term, hub.toFrame(true, { op: 'momentary' }));
    await hub.live(hub.term, 1);
    expect(hub.values().filter((value) => value === true)).toHaveLength(1);
  });
});

describe('a three-point actuator behind the gate', () => {
  it('[DE10] finds its position first, follows, and is confirmed where it was commanded', async () => {
    const hub = await started(vent, { 'room/vent#open': false, 'room/vent#close': false });
    expect(hub.deviceEntries()[0]).toMatchObject({ phase: 'unknown', value: null, why: expect.stringContaining('not known') });
    expect(hub.state('room/vent')?.confirmed).toBeNull();
    const frame = hub.toFrame(40);
    hub.commit(hub.term, frame);
    await hub.live(hub.term, 66);
    expect(hub.field.outputs.get('room/vent#close')).toBe(true);
    await hub.live(hub.term, 14);
    expect(hub.state('room/vent')).toMatchObject({ phase: 'written', written: 40 });
    expect(Number(hub.state('room/vent')?.confirmed)).toBeGreaterThan(2);
    await hub.live(hub.term, 16);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    expect(hub.field.outputs.get('room/vent#open')).toBe(false);
    expect(hub.field.outputs.get('room/vent#close')).toBe(false);
    hub.commit(hub.term, hub.toFrame(10));
    await hub.live(hub.term, 20);
    expect(hub.state('room/vent')).toMatchObject({ phase: 'confirmed', requested: 10 });
    expect(hub.alarms()).toEqual([]);
  });

  it('[DE10] is left with both relays off when the hub goes down', async () => {
    const hub = await started(vent, { 'room/vent#open': false, 'room/vent#close': false });
    hub.commit(hub.term, hub.toFrame(90));
    await hub.live(hub.term, 5);
    expect(hub.field.outputs.get('room/vent#open')).toBe(true);
    const down = hub.gate.drain();
    await hub.serveAll();
    await down;
    expect([...hub.field.outputs.values()]).toEqual([false, false]);
  });
});
