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

type GateFixture = ReturnType<typeof createGateFixture>;

/** What is wrong with a physical write at the moment when it happens. */
const judgeWrite = (fixture: GateFixture, device: string, value: DeviceValue): readonly string[] => {
  const { door, temperature, isLatched } = toKnown(fixture.entries(), fixture.time.clock.up());
  const isHot = temperature === null || Number(temperature) > 36;
  const isHeating = device === heater && value !== false;
  return [
    ...(isHeating && door !== false ? [`the heater is switched on, door ${door}`] : []),
    ...(isHeating && isLatched ? ['the heater is switched on while it is latched off'] : []),
    ...(device === lamp && Number(value) > 40 && isHot ? [`the lamp is at ${value} % at ${temperature} degrees`] : []),
  ];
};

const anna = { kind: 'user', id: 'anna' } as const;

/** A hub that is killed and started again; each physical write is looked at as it happens. */
class World {
  readonly faults: string[] = [];
  #fixture: GateFixture;
  #term: Term = 0;
  #runs = 0;

  constructor() {
    this.#fixture = this.#open(100_000, 1_800_000_000_000, [
      [heater, false],
      [lamp, 0],
    ]);
  }

  get hub(): GateFixture {
    return this.#fixture;
  }

  request(device: string, value: DeviceValue): void {
    const fixture = this.#fixture;
    if (fixture.leases.current(this.#term) !== null) fixture.commit(this.#term, fixture.toFrame(value, { device }));
  }

  reset(): void {
    const { interlocks } = this.#fixture;
    const [door] = interlocks.status();
    if (door?.isResettable === true) interlocks.reset(door.id, anna);
  }

  letGo(): void {
    for (const { id } of devices) {
      const newest = this.#fixture.entries().findLast((entry) => entry.kind === 'override' && entry.device === id);
      if (newest?.kind === 'override' && newest.released !== true) this.#fixture.gate.release(id, anna, null);
    }
  }

  async take(one: Step): Promise<void> {
    const { field, store, time } = this.#fixture;
    switch (one.do) {
      case 'door':
        store.log.append([toDoor(one.value)]);
        break;
      case 'temperature':
        store.log.append([toTemperature(one.value)]);
        break;
      case 'serve':
        await settle();
        field.serve({ fate: fates[one.fate], isSilent: one.isSilent });
        break;
      case 'report':
        field.report(devices[one.device] ?? toLamp());
        break;
      case 'unsolicited':
        field.outputs.set(devices[one.device]?.id ?? '', one.value);
        break;
      case 'pass':
        await time.advance(one.ms);
        break;
      case 'kill':
        this.#restart(one.awayMs);
        break;
      default:
        this.#command(one);
    }
    await settle();
  }

  /** Seconds in which every unit answers, and the room is read as said. */
  async live(count: number, door: boolean, temperature: number): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      this.#fixture.store.log.append([toDoor(door), toTemperature(temperature)]);
      await this.take({ do: 'pulse' });
      for (const device of devices) this.#fixture.field.report(device);
      await this.#fixture.serveAll();
      await this.#fixture.time.advance(1000);
    }
    await this.#fixture.serveAll();
  }

  /** What the automation service and people do. */
  #command(one: Extract<Step, { readonly do: 'heat' | 'light' | 'join' | 'leave' | 'reset' | 'pulse' | 'hand' }>): void {
    const fixture = this.#fixture;
    switch (one.do) {
      case 'heat':
        return this.request(heater, one.value);
      case 'light':
        return this.request(lamp, one.value);
      case 'join':
        this.#term = fixture.join();
        return fixture.renew(this.#term);
      case 'leave':
        return fixture.leave();
      case 'reset':
        return this.reset();
      case 'pulse':
        fixture.pulse();
        return fixture.renew(this.#term);
      case 'hand': {
        const device = devices[one.device];
        const value = device?.kind === 'switch' ? one.value > 0 : one.value;
        fixture.gate.override(device?.id ?? '', { value, reason: 'to see', forMs: one.forMs }, anna);
        return undefined;
      }
      default:
        return one satisfies never;
    }
  }

  #restart(awayMs: number): void {
    const { time, field, store } = this.#fixture;
    this.#fixture.endRun();
    this.#fixture = this.#open(time.clock.up() + awayMs, time.clock.at() + awayMs, field.outputs, store.disk);
    this.#term = 0;
  }

  #open(up: number, at: number, outputs: Iterable<readonly [string, DeviceValue]>, disk?: MemoryDisk): GateFixture {
    this.#runs += 1;
    const time = new VirtualTime({ up, at });
    const field = new FakeField(time.clock, ({ id }, value) => void this.faults.push(...judgeWrite(this.#fixture, id, value)));
    for (const [id, value] of outputs) field.outputs.set(id, value);
    return createGateFixture({ devices, plan, time, field, bootId: `boot-${this.#runs}`, ...(disk && { disk }) });
  }
}

describe('interlocks over any course of things', () => {
  it('[DE1] [DE3] no write ever goes against one, whatever is requested, overridden, lost, killed or restarted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 80 }), async (course) => {
        const world = new World();
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
