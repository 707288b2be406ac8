import type { DeviceValue, Entry, Term } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { echoed, FakeField, lost, lostButDone, refusedWrite, stuck } from '../devices/testing/fake-field.ts';
import { createGateFixture, toSpec } from '../devices/testing/gate-fixture.ts';
import { settle, VirtualTime } from '../devices/testing/virtual-time.ts';
import type { MemoryDisk } from '../store/memory-disk.ts';
import { doorLatch, heater, hotLamp, lamp, toDoor, toLamp, toPlan, toTemperature } from './testing/room.ts';

const fates = { echoed, stuck, refusedWrite, lost, lostButDone } as const;
const ends = ['confirmed', 'superseded', 'cancelled', 'failed', 'unknown'];
const devices = [toSpec(), toLamp()];
const plan = toPlan([doorLatch, hotLamp], devices);

type Step =
  | { readonly do: 'heat'; readonly value: boolean }
  | { readonly do: 'light'; readonly value: number }
  | { readonly do: 'door'; readonly value: boolean | null }
  | { readonly do: 'temperature'; readonly value: number | null }
  | { readonly do: 'join' | 'leave' | 'reset' | 'pulse' }
  | { readonly do: 'serve'; readonly fate: keyof typeof fates; readonly isSilent: boolean }
  | { readonly do: 'report'; readonly device: 0 | 1 }
  | { readonly do: 'unsolicited'; readonly value: DeviceValue; readonly device: 0 | 1 }
  | { readonly do: 'hand'; readonly device: 0 | 1; readonly value: number; readonly forMs: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'kill'; readonly awayMs: number };

const step = (weight: number, name: Step['do'], rest: Readonly<Record<string, fc.Arbitrary<unknown>>>) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Step>,
});

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(5, 'heat', { value: fc.boolean() }),
  step(5, 'light', { value: fc.constantFrom(0, 30, 41, 80, 100) }),
  step(5, 'door', { value: fc.constantFrom(true, false, false, null) }),
  step(5, 'temperature', { value: fc.constantFrom(20, 36, 36.1, 50, null) }),
  step(3, 'join', {}),
  step(1, 'leave', {}),
  step(2, 'reset', {}),
  step(3, 'pulse', {}),
  step(16, 'serve', {
    fate: fc.constantFrom('echoed', 'echoed', 'echoed', 'stuck', 'refusedWrite', 'lost', 'lostButDone'),
    isSilent: fc.constantFrom(false, false, false, true),
  }),
  step(3, 'hand', { device: fc.constantFrom(0, 1), value: fc.constantFrom(0, 100), forMs: fc.constantFrom(1000, 20_000, 3_600_000) }),
  step(2, 'report', { device: fc.constantFrom(0, 1) }),
  step(1, 'unsolicited', { device: fc.constant(0), value: fc.boolean() }),
  step(1, 'unsolicited', { device: fc.constant(1), value: fc.constantFrom(0, 100) }),
  step(6, 'pass', { ms: fc.constantFrom(10, 500, 1000, 3000, 16_000) }),
  step(1, 'kill', { awayMs: fc.constantFrom(100, 5000, 20_000, 90_000) }),
);

/** What the room is known to be, read from the log alone and distinguished from how interlocks work. */
const toKnown = (entries: readonly Entry[], up: number) => {
  const newest = (cluster: string, key: string, maxAgeMs: number): DeviceValue | null => {
    const entry = entries.findLast((one) => one.kind === 'sensor' && one.cluster === cluster);
    return entry?.kind === 'sensor' && up - entry.up <= maxAgeMs ? (entry.readings[key]?.v ?? null) : null;
  };
  const said = entries.findLast((one) => one.kind === 'interlock' && one.id === 'room/safety/door');
  return {
    door: newest('door', 'open', 60_000),
    temperature: newest('air', 'temperature', 15_000),
    isLatched: said?.kind === 'interlock' && said.state === 'latched',
  };
};

/** A hub that is killed and started again; each physical write is looked at as it happens. */
const createWorld = () => {
  let fixture: ReturnType<typeof createGateFixture>;
  let term: Term = 0;
  let runs = 0;
  const faults: string[] = [];

  const onWrite = (device: string, value: DeviceValue): void => {
    const { door, temperature, isLatched } = toKnown(fixture.entries(), fixture.time.clock.up());
    if (device === heater && value !== false && door !== false) faults.push(`the heater is switched on, door ${door}`);
    if (device === heater && value !== false && isLatched) faults.push('the heater is switched on while it is latched off');
    const isHot = temperature === null || Number(temperature) > 36;
    if (device === lamp && Number(value) > 40 && isHot) faults.push(`the lamp is at ${value} % at ${temperature} degrees`);
  };

  const open = (up: number, at: number, disk?: MemoryDisk): void => {
    runs += 1;
    const time = new VirtualTime({ up, at });
    const field = new FakeField(time.clock, ({ id }, value) => onWrite(id, value));
    const before: Iterable<readonly [string, DeviceValue]> = fixture?.field.outputs ?? [
      [heater, false],
      [lamp, 0],
    ];
    for (const [id, value] of before) field.outputs.set(id, value);
    fixture = createGateFixture({ devices, plan, time, field, bootId: `boot-${runs}`, ...(disk && { disk }) });
    term = 0;
  };
  open(100_000, 1_800_000_000_000);

  const request = (device: string, value: DeviceValue): void => {
    if (fixture.leases.current(term) !== null) fixture.commit(term, fixture.toFrame(value, { device }));
  };
  const reset = (): void => {
    const [door] = fixture.interlocks.status();
    if (door?.isResettable === true) fixture.interlocks.reset(door.id, { kind: 'user', id: 'anna' });
  };

  const letGo = (): void => {
    for (const { id } of devices) {
      const newest = fixture.entries().findLast((entry) => entry.kind === 'override' && entry.device === id);
      if (newest?.kind === 'override' && newest.released !== true) fixture.gate.release(id, { kind: 'user', id: 'anna' }, null);
    }
  };

  const take = async (one: Step): Promise<void> => {
    const { field, store, time } = fixture;
    switch (one.do) {
      case 'heat':
        request(heater, one.value);
        break;
      case 'light':
        request(lamp, one.value);
        break;
      case 'door':
        store.log.append([toDoor(one.value)]);
        break;
      case 'temperature':
        store.log.append([toTemperature(one.value)]);
        break;
      case 'join':
        term = fixture.join();
        fixture.renew(term);
        break;
      case 'leave':
        fixture.leave();
        break;
      case 'reset':
        reset();
        break;
      case 'pulse':
        fixture.pulse();
        fixture.renew(term);
        break;
      case 'serve':
        await settle();
        field.serve({ fate: fates[one.fate], isSilent: one.isSilent });
        break;
      case 'hand': {
        const device = devices[one.device];
        const value = device?.kind === 'switch' ? one.value > 0 : one.value;
        fixture.gate.override(device?.id ?? '', { value, reason: 'to see', forMs: one.forMs }, { kind: 'user', id: 'anna' });
        break;
      }
      case 'report':
        field.report(devices[one.device] ?? toLamp());
        break;
      case 'unsolicited':
        field.outputs.set(devices[one.device]?.id ?? '', one.value);
        break;
      case 'pass':
        await time.advance(one.ms);
        break;
      case 'kill': {
        const { clock } = time;
        fixture.endRun();
        open(clock.up() + one.awayMs, clock.at() + one.awayMs, store.disk);
        break;
      }
    }
    await settle();
  };

  /** Seconds in which every unit answers, and the room is read as said. */
  const live = async (count: number, door: boolean, temperature: number): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      fixture.store.log.append([toDoor(door), toTemperature(temperature)]);
      await take({ do: 'pulse' });
      for (const device of devices) fixture.field.report(device);
      await fixture.serveAll();
      await fixture.time.advance(1000);
    }
    await fixture.serveAll();
  };

  return {
    faults,
    take,
    live,
    request,
    reset,
    letGo,
    get hub() {
      return fixture;
    },
  };
};

describe('interlocks over any course of things', () => {
  it('[DE1] [DE3] no write ever goes against one, whatever is requested, overridden, lost, killed or restarted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 80 }), async (course) => {
        const world = createWorld();
        for (const one of [{ do: 'join' } as const, ...course]) {
          await world.take(one);
          expect(world.faults).toEqual([]);
        }
        // At last everything answers. What is forced and limited is so, whatever was requested ...
        await world.take({ do: 'join' });
        world.request(heater, true);
        world.request(lamp, 90);
        await world.live(70, true, 40);
        expect([world.hub.field.outputs.get(heater), Number(world.hub.field.outputs.get(lamp)) <= 40]).toEqual([false, true]);
        // ... and when it is over, what is requested.
        await world.live(8, false, 20);
        expect(world.hub.field.outputs.get(heater)).toBe(false);
        world.reset();
        world.letGo();
        await world.live(3, false, 20);
        expect([...world.hub.field.outputs]).toEqual([
          [heater, true],
          [lamp, 90],
        ]);
        expect(world.faults).toEqual([]);
        const accepted = new Map<string, number>();
        for (const { id, phase } of world.hub.deviceEntries()) {
          if (id !== undefined) accepted.set(id, (accepted.get(id) ?? 0) + (ends.includes(phase) ? 1 : 0));
        }
        expect([...accepted].filter(([, count]) => count !== 1)).toEqual([]);
      }),
      { seed: 20_260_306, numRuns: 300 },
    );
  }, 120_000);
});
