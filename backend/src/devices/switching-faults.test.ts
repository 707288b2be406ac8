import { millis, minutes, seconds, type DeviceValue } from '@phloem/protocol';
import { toRunEnd, type DeviceRun } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../site/site.ts';
import type { RegisterPlace } from '../site/register.ts';
import { createMemoryDisk } from '../store/memory-disk.ts';
import { createGateFixture, startAt, toSpec } from './testing/gate-fixture.ts';
import { FakeField, lost, lostButDone } from './testing/fake-field.ts';
import { VirtualTime } from './testing/virtual-time.ts';

const holding = (address: number, scale = 0.1): RegisterPlace => ({
  bus: 'bus',
  unit: 1,
  register: { ...toSpec().write.register, table: 'holding', address, type: 'u16', scale },
});
const percent = (part: Partial<DeviceSpec> = {}): DeviceSpec =>
  toSpec({ kind: 'percent', write: holding(0), readBack: holding(0), failSafe: { after: millis(10_000), value: 0 }, ...part });
const contact: RegisterPlace = { bus: 'bus', unit: 1, register: { ...toSpec().write.register, table: 'discrete', address: 5 } };
const horn = toSpec({ id: 'room/horn', kind: 'momentary', minOff: seconds(5) });
const vent = toSpec({
  id: 'room/vent',
  kind: 'three-point',
  failSafe: { after: minutes(10), value: 0 },
  threePoint: { closing: { write: toSpec().write, readBack: toSpec().write }, travel: seconds(60), reversePause: seconds(1) },
});

type Hub = ReturnType<typeof createGateFixture>;

const started = async (spec: DeviceSpec, outputs: Readonly<Record<string, DeviceValue>>) => {
  const hub = createGateFixture({ devices: [spec], outputs });
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  const poll = (): void => {
    if (spec.threePoint === undefined) hub.field.report(spec);
  };
  const live = async (count: number, isRenewed = true): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      if (isRenewed) {
        hub.pulse();
        hub.renew(term);
      }
      poll();
      for (let tenth = 0; tenth < 5; tenth += 1) {
        await hub.time.advance(200);
        await hub.serveAll();
      }
    }
  };
  return { ...hub, term, live, values: () => hub.field.ledger.map(({ value }) => value) };
};

describe('limits in time', () => {
  it('[DE9] a device that is left as it is rests as long as its limits say', async () => {
    const spec = toSpec({
      minOff: seconds(60),
      maxRun: seconds(30),
      failSafe: { after: millis(10_000), hold: 'crops', maxHold: minutes(60), then: false } as DeviceSpec['failSafe'],
    });
    const hub = await started(spec, { 'room/heater': false });
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(2);
    await hub.live(120, false);
    const [, off, again] = hub.field.ledger;
    expect(off?.value).toBe(false);
    expect((again?.up ?? Infinity) - (off?.up ?? 0)).toBeGreaterThanOrEqual(60_000);
  });

  it('[DE9] a run under maxOnPerHour ends when the hour is used, however long ago the run before was', () => {
    const limits = { minOn: millis(0), minOff: millis(0), maxOnPerHour: minutes(20) };
    const runs: readonly DeviceRun[] = [
      { startUp: 0, endUp: 1_200_000 },
      { startUp: 3_601_000, endUp: null },
    ];
    const end = toRunEnd(limits, runs, 3_601_000);
    expect(toRunEnd(limits, runs, end?.untilUp ?? 0)?.untilUp).toBe(end?.untilUp);
  });

  it('[DE9] noise of a measured value at rest is no start', async () => {
    const spec = percent({ readBack: holding(1), maxStartsPerHour: 2, minOff: seconds(30) });
    const hub = await started(spec, { 'room/heater': 0 });
    let noisy = 0;
    hub.field.reads.set('room/heater', ({ value }) => (value === 0 ? ((noisy += 1) % 5 === 0 && noisy < 58 ? 0.1 : 0) : value));
    await hub.live(60);
    hub.commit(hub.term, hub.toFrame(50));
    await hub.live(10);
    expect(hub.values()).toContain(50);
  });
});

describe('a momentary device', () => {
  it.each([
    ['may have been done', async (one: Hub): Promise<void> => one.serveAll(lostButDone)],
    [
      'the hub died over',
      async (one: Hub): Promise<void> => {
        await one.time.advance(10);
        one.gate.close();
        await one.serveAll(lostButDone);
      },
    ],
  ])('[DE11] a pulse that %s counts after a restart', async (_what, end) => {
    const disk = createMemoryDisk();
    const time = new VirtualTime({ up: 100_000, at: startAt });
    const field = new FakeField(time.clock);
    const parts = { devices: [{ ...horn, minOff: minutes(10) }], outputs: { 'room/horn': false }, disk, time, field };
    const one = createGateFixture(parts);
    const pulse = async (hub: Hub, serve: () => Promise<void>): Promise<void> => {
      const term = hub.join();
      hub.renew(term);
      hub.commit(term, hub.toFrame(true, { op: 'momentary' }));
      await serve();
    };
    await one.serveAll();
    await pulse(one, async () => end(one));
    one.endRun();
    const two = createGateFixture({ ...parts, bootId: 'boot-2' });
    await two.serveAll();
    await pulse(two, async () => two.serveAll());
    expect(two.deviceEntries().at(-1)).toMatchObject({ phase: 'refused', why: expect.stringContaining('min-off') });
  });

  it('[DE11] a pulse that a poll sees is one start', async () => {
    const hub = await started({ ...horn, minOff: millis(0), maxStartsPerHour: 2 }, { 'room/horn': false });
    hub.field.reads.set('room/horn', ({ value, sinceMs }) => value === true && sinceMs < 2500);
    for (let pulse = 0; pulse < 2; pulse += 1) {
      hub.commit(hub.term, hub.toFrame(true, { op: 'momentary' }));
      await hub.live(10);
    }
    expect(hub.values()).toEqual([true, true]);
  });
});

describe('a three-point actuator', () => {
  it('[DE10] stops although its relay is still to be switched on', async () => {
    const hub = await started(vent, { 'room/vent#open': false, 'room/vent#close': false });
    await hub.live(70);
    hub.commit(hub.term, hub.toFrame(90));
    for (let turn = 0; turn < 50; turn += 1) {
      const next = hub.field.queue[0];
      if (next?.kind === 'write' && next.value === true) break;
      if (hub.field.serve() === null) await hub.time.advance(200);
      await hub.time.advance(1);
    }
    expect(hub.field.queue.map(({ value }) => value)).toEqual([true]);
    const down = hub.gate.drain();
    await hub.time.advance(1);
    // What is urgent goes first.
    hub.field.queue.sort((a, b) => Number(b.isUrgent) - Number(a.isUrgent));
    const before = hub.field.ledger.length;
    await hub.serveAll();
    await down;
    expect(hub.field.ledger.slice(before).map(({ value }) => value)).not.toContain(true);
    expect([hub.field.outputs.get('room/vent#open'), hub.field.outputs.get('room/vent#close')]).toEqual([false, false]);
  });

  it('[DE10] goes on to its commanded position although the answer to a relay was lost', async () => {
    const hub = await started(vent, { 'room/vent#open': false, 'room/vent#close': false });
    await hub.live(80);
    expect(hub.state()?.confirmed).toBe(0);
    hub.commit(hub.term, hub.toFrame(90));
    let isLost = false;
    for (let turn = 0; turn < 20; turn += 1) {
      const next = hub.field.queue[0];
      hub.pulse();
      hub.renew(hub.term);
      const isOn: boolean = !isLost && next?.kind === 'write' && next.value === true;
      isLost ||= isOn;
      hub.field.serve(isOn ? { fate: lost } : {});
      await hub.time.advance(100);
    }
    for (let second = 0; second < 200; second += 1) {
      for (const name of ['open', 'close']) hub.field.report({ ...vent, id: `room/vent#${name}` });
      await hub.live(1);
    }
    expect(hub.state()?.confirmed).toBe(90);
  });
});

describe('a ramp', () => {
  it('[DE9] goes on although an answer is lost now and then', async () => {
    const spec = percent({ slewPerS: 1 });
    const hub = await started(spec, { 'room/heater': 0 });
    const frame = hub.toFrame(60);
    hub.commit(hub.term, frame);
    for (let second = 0; second < 90; second += 1) {
      hub.pulse();
      hub.renew(hub.term);
      await hub.time.advance(1000);
      await hub.serveAll(second % 15 === 7 ? lostButDone : undefined);
    }
    await hub.live(5);
    expect(hub.endsOf(frame.id)).toEqual(['confirmed']);
    expect(hub.alarms()).toEqual([]);
  });

  it('[DE9] does not keep the hub from going down', async () => {
    const spec = percent({ slewPerS: 0.1 });
    const hub = await started(spec, { 'room/heater': 0 });
    hub.commit(hub.term, hub.toFrame(60));
    await hub.live(5);
    let isDown = false;
    void hub.gate.drain().then(() => {
      isDown = true;
    });
    await hub.live(3);
    expect(isDown).toBe(true);
  });
});

describe('a device that is read elsewhere than it is written', () => {
  it('[DE7] is written its safe state although it tripped and reads so already', async () => {
    const spec = toSpec({ readBack: contact, failSafe: { after: minutes(1), value: false } });
    const hub = await started(spec, { 'room/heater': false });
    let isTripped = false;
    hub.field.reads.set('room/heater', ({ value }) => value === true && !isTripped);
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(3);
    hub.leave();
    isTripped = true;
    await hub.live(80, false);
    expect(hub.field.outputs.get('room/heater')).toBe(false);
  });

  it('[DE7] is written its safe state after it tripped again and again', async () => {
    const spec = toSpec({ readBack: contact });
    const hub = await started(spec, { 'room/heater': false });
    let isTripped = false;
    hub.field.reads.set('room/heater', ({ value }) => value === true && !isTripped);
    hub.commit(hub.term, hub.toFrame(true));
    await hub.live(3);
    isTripped = true;
    await hub.live(20);
    expect(hub.field.outputs.get('room/heater')).toBe(false);
  });
});

describe('refresh', () => {
  it('[DE7] does not write again what nobody knows to stand', async () => {
    const spec = toSpec({ refresh: seconds(2) });
    const hub = await started(spec, { 'room/heater': false });
    await hub.live(3);
    hub.commit(hub.term, hub.toFrame(true));
    await hub.time.advance(10);
    for (let turn = 0; turn < 20; turn += 1) {
      hub.field.serve({ fate: lost, isSilent: true });
      await hub.time.advance(100);
    }
    hub.leave();
    const before = hub.field.ledger.length;
    for (let turn = 0; turn < 60; turn += 1) {
      hub.field.serve({ fate: lost, isSilent: true });
      await hub.time.advance(100);
    }
    expect(hub.field.ledger.slice(before).filter(({ value }) => value === true)).toEqual([]);
  });
});
