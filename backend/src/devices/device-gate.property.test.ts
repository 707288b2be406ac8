import { seconds, type DeviceValue, type Term } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../site/site.ts';
import type { MemoryDisk } from '../store/memory-disk.ts';
import { echoed, FakeField, lost, lostButDone, refusedWrite, stuck } from './testing/fake-field.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { settle, VirtualTime } from './testing/virtual-time.ts';

const fates = { echoed, stuck, refusedWrite, lost, lostButDone } as const;
const ends = ['confirmed', 'superseded', 'cancelled', 'failed', 'unknown'];

type Step =
  | { readonly do: 'request'; readonly value: boolean; readonly op: 'set' | 'momentary' }
  | { readonly do: 'repeat' }
  | { readonly do: 'join' | 'leave' | 'renew' }
  | { readonly do: 'override'; readonly value: boolean; readonly forMs: number }
  | { readonly do: 'release' }
  | { readonly do: 'serve'; readonly fate: keyof typeof fates; readonly isSilent: boolean }
  | { readonly do: 'report'; readonly isSilent: boolean }
  | { readonly do: 'unsolicited'; readonly value: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'wall'; readonly ms: number }
  | { readonly do: 'kill'; readonly awayMs: number }
  | { readonly do: 'cut-power'; readonly awayMs: number; readonly survivors: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      value: fc.boolean(),
      op: fc.constantFrom('set', 'set', 'set', 'momentary'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('renew' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('override' as const),
      value: fc.boolean(),
      forMs: fc.constantFrom(1000, 5000, 15_000, 130_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('serve' as const),
      fate: fc.constantFrom('echoed', 'echoed', 'stuck', 'refusedWrite', 'lost', 'lostButDone'),
      isSilent: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('report' as const), isSilent: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsolicited' as const), value: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 200, 500, 1000, 3000, 11_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wall' as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), awayMs: fc.constantFrom(100, 2000, 20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cut-power' as const), awayMs: fc.constantFrom(2000, 20_000), survivors: fc.nat(4) }),
  },
);

type GateFixture = ReturnType<typeof createGateFixture>;

/** The override that stands, by the log alone. */
const toStanding = (fixture: GateFixture) => {
  const newest = fixture.entries().findLast(({ kind }) => kind === 'override');
  if (newest?.kind !== 'override' || newest.released === true || newest.value === undefined) return null;
  return { value: newest.value, untilUp: newest.up + (newest.forMs ?? 0) };
};

/** Notes what is wrong at the moment of a physical write: there is one INTENT, on disk, and its term live. */
const createWriteJudge = () => {
  const writes = new Map<string, number>();
  const faults: string[] = [];
  const judge = (fixture: GateFixture, value: DeviceValue): void => {
    const intents = fixture.store.commands.open().filter(({ stage }) => stage === 'intent');
    const [intent] = intents;
    if (intent === undefined || intents.length > 1) return void faults.push(`a write with ${intents.length} INTENTs`);
    writes.set(intent.id, (writes.get(intent.id) ?? 0) + 1);
    if (intent.value !== value) faults.push(`${intent.id} writes another value`);
    if (intent.accepted.lsn > fixture.store.durable) faults.push(`${intent.id} is written and not on disk`);
    if (intent.term !== null && fixture.leases.current(intent.term) === null) faults.push(`${intent.id} is written under an old term`);
    if (intent.op === 'momentary' && writes.get(intent.id) !== 1) faults.push(`${intent.id} is momentary and written again`);
    const hand = toStanding(fixture);
    if (hand !== null && value !== hand.value) faults.push(`${intent.id} writes against an override`);
    if (intent.by.kind !== 'hub' && (writes.get(intent.id) ?? 0) > 3) faults.push(`${intent.id} is written more often than it may be`);
  };
  return { writes, faults, judge };
};

/** A hub that is killed and started again over one disk, one field and one stretch of time. */
class World {
  readonly #spec: DeviceSpec;
  readonly #judge = createWriteJudge();
  #fixture: GateFixture;
  #term: Term = 0;
  #runs = 0;
  #lastId = '';

  constructor(spec: DeviceSpec) {
    this.#spec = spec;
    this.#fixture = this.#open(100_000, 1_800_000_000_000, new Map([[spec.id, false]]));
  }

  get faults(): readonly string[] {
    return this.#judge.faults;
  }

  get writes(): ReadonlyMap<string, number> {
    return this.#judge.writes;
  }

  get hub(): GateFixture {
    return this.#fixture;
  }

  get term(): Term {
    return this.#term;
  }

  standing() {
    return toStanding(this.#fixture);
  }

  async step(one: Step): Promise<void> {
    const { field, store, time, gate } = this.#fixture;
    switch (one.do) {
      case 'serve':
        await settle();
        field.serve({ fate: fates[one.fate], isSilent: one.isSilent });
        break;
      case 'report':
        field.report(this.#spec, one.isSilent);
        break;
      case 'unsolicited':
        field.outputs.set(this.#spec.id, one.value);
        break;
      case 'pass':
        await time.advance(one.ms);
        break;
      case 'wall':
        time.stepWall(one.ms);
        break;
      case 'kill':
        this.#restart(one.awayMs, store.disk);
        break;
      case 'cut-power':
        gate.close();
        this.#restart(one.awayMs, store.crash(one.survivors));
        break;
      default:
        this.#command(one);
    }
    await settle();
  }

  /** What the automation service and people do. */
  #command(one: Exclude<Step, { readonly do: 'serve' | 'report' | 'unsolicited' | 'pass' | 'wall' | 'kill' | 'cut-power' }>): void {
    const { gate, leases } = this.#fixture;
    const anna = { kind: 'user', id: 'anna' } as const;
    const holds = leases.current(this.#term) !== null;
    switch (one.do) {
      case 'request':
        if (holds) this.#request(one.value, { op: one.op });
        break;
      case 'repeat':
        if (holds && this.#lastId !== '') this.#request(true, { id: this.#lastId });
        break;
      case 'join':
        this.#term = this.#fixture.join();
        break;
      case 'leave':
        this.#fixture.leave();
        break;
      case 'renew':
        this.#fixture.pulse();
        this.#fixture.renew(this.#term);
        break;
      case 'override':
        gate.override(this.#spec.id, { value: one.value, reason: 'to see', forMs: one.forMs }, anna);
        break;
      case 'release':
        if (this.standing() !== null) gate.release(this.#spec.id, anna, null);
        break;
      default:
        one satisfies never;
    }
  }

  #request(value: boolean, part: { readonly op?: 'set' | 'momentary'; readonly id?: string }): void {
    const frame = this.#fixture.toFrame(value, part);
    this.#lastId = frame.id;
    this.#fixture.commit(this.#term, frame);
  }

  #restart(awayMs: number, disk: MemoryDisk): void {
    const { gate, time, field } = this.#fixture;
    gate.close();
    this.#fixture = this.#open(time.clock.up() + awayMs, time.clock.at() + awayMs, field.outputs, disk);
    this.#term = 0;
  }

  #open(up: number, at: number, outputs: ReadonlyMap<string, DeviceValue>, disk?: MemoryDisk): GateFixture {
    this.#runs += 1;
    const time = new VirtualTime({ up, at });
    const field = new FakeField(time.clock, (_, value) => this.#judge.judge(this.#fixture, value));
    for (const [id, value] of outputs) field.outputs.set(id, value);
    return createGateFixture({ devices: [this.#spec], time, field, bootId: `boot-${this.#runs}`, ...(disk && { disk }) });
  }
}

const check = (world: World, isOver: boolean): void => {
  const { hub, faults, writes } = world;
  expect(faults).toEqual([]);
  const accepted = new Map<string, number>();
  for (const { id, phase } of hub.deviceEntries()) {
    if (id === undefined) continue;
    if (phase === 'requested') accepted.set(id, accepted.get(id) ?? 0);
    if (ends.includes(phase)) accepted.set(id, (accepted.get(id) ?? 0) + 1);
  }
  for (const [id, count] of accepted)
    expect([id, count, hub.store.commands.get(id)?.end === null]).toEqual([id, count === 0 ? 0 : 1, count === 0]);
  const hand = world.standing();
  expect(hand !== null && hub.time.clock.up() > hand.untilUp).toBe(false);
  for (const id of writes.keys()) expect(hub.store.commands.get(id)?.id).toBe(id);
  expect(isOver && [...accepted].some(([, count]) => count !== 1)).toBe(false);
};

describe('the gate over any course of things', () => {
  it('[IN7] [IN8] [IN9] [DE4] nothing is written twice, under an old term or against an override, and every accepted command has one end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(anyStep, { minLength: 5, maxLength: 60 }), async (hasLimits, plan) => {
        const world = new World(toSpec(hasLimits ? { minOn: seconds(4), minOff: seconds(4) } : {}));
        for (const one of [{ do: 'serve', fate: 'echoed', isSilent: false }, { do: 'join' }, ...plan] as const) {
          await world.step(one);
          check(world, false);
        }
        // At last the bus works and nobody commands any more: everything finds its end, and the output is safe.
        await world.step({ do: 'leave' });
        await world.step({ do: 'release' });
        for (let slice = 0; slice < 80; slice += 1) {
          await world.hub.serveAll();
          await world.step({ do: 'report', isSilent: false });
          await world.step({ do: 'pass', ms: 1000 });
        }
        check(world, true);
        expect(world.hub.field.outputs.get('room/heater')).toBe(false);
      }),
      { seed: 20_260_304, numRuns: 400 },
    );
  }, 60_000);

  it('[LE4] an output is safe at most failSafe.after + 1 s after the last valid renewal', async () => {
    const anyCourse = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('request' as const), value: fc.boolean(), op: fc.constant('set' as const) }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('renew' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const) }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 400, 900, 2000, 9000) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wall' as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), awayMs: fc.constantFrom(100, 2000, 9000, 20_000) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(anyCourse, { minLength: 5, maxLength: 50 }), async (hasLimits, plan) => {
        const world = new World(toSpec(hasLimits ? { minOn: seconds(4), minOff: seconds(4) } : {}));
        let validUp = 0;
        let startedUp = world.hub.time.clock.up();
        const watch = (): void => {
          const up = world.hub.time.clock.up();
          const mustBeSafe = up - validUp > 11_000 && up - startedUp > 1000;
          expect(mustBeSafe && world.hub.field.outputs.get('room/heater')).toBe(false);
        };
        await world.hub.serveAll();
        for (const one of [{ do: 'join' } as const, ...plan]) {
          if (one.do === 'pass') {
            for (let passed = 0; passed < one.ms; passed += 100) {
              await world.step({ do: 'pass', ms: 100 });
              await world.hub.serveAll();
              watch();
            }
            continue;
          }
          const isLive = world.hub.leases.current(world.term) !== null;
          // A node that commits also lives: its heartbeat is never much older than its commit.
          if (one.do === 'request') await world.step({ do: 'renew' });
          await world.step(one);
          await world.hub.serveAll();
          if (one.do === 'kill') startedUp = world.hub.time.clock.up();
          if (one.do === 'join' || ((one.do === 'renew' || one.do === 'request') && isLive)) validUp = world.hub.time.clock.up();
        }
      }),
      { seed: 20_260_305, numRuns: 300 },
    );
  }, 60_000);
});
