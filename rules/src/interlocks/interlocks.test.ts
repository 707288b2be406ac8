import { describe, expect, it } from 'vitest';
import type { Entry } from '@phloem/protocol';
import { DocumentFault } from '../documents/problem.ts';
import { readDocuments } from '../documents/source.ts';
import { head, room } from '../plan/testing.ts';
import { compileInterlocks, type InterlockPlan, type InterlockState } from './compile-interlocks.ts';
import { restrictValue, type Restriction } from './restriction.ts';

const signals = `${head('Signals', 'room/safety-signals')}spec:
  inputs:
    temp: { point: room/front/temperature, maxAge: 15s }
    door: { point: room/door/open, maxAge: 60s }
`;
const safety = (body: string): string => `${head('Interlocks', 'room/safety')}spec:
  use: { signals: room/safety-signals }
  interlocks:
${body}
`;
const doorFan =
  '    - { id: door-fan, when: door, force: { device: room/fan, value: 0 }, latch: { resetBy: operator, whenClear: 20s }, alarm: { priority: P2, text: Door } }';
const overtemp =
  "    - { id: overtemp, when: { hysteresis: { on: 'temp > degC(33.0)', off: 'temp < degC(30.0)' }, for: { on: 5s } }, limit: { device: room/valve, max: 40, ramp: 20 %/min }, onUnknown: ignore }";

const compile = (...bodies: string[]): InterlockPlan =>
  compileInterlocks(
    readDocuments([
      { path: 'signals.yaml', text: signals },
      { path: 'safety.yaml', text: safety(bodies.join('\n')) },
    ]),
    room,
  );

const createLog = (plan: InterlockPlan) => {
  let state: InterlockState = plan.start();
  let up = 0;
  let lsn = 0;
  const changes: (readonly [string, string])[] = [];
  const alarms: string[] = [];
  const take = (entry: Record<string, unknown>) => {
    lsn += 1;
    const step = plan.step(state, { lsn, at: up, up, ...entry } as Entry);
    state = step.state;
    changes.push(...step.changes.map((change) => [change.id, change.state] as const));
    alarms.push(...step.alarms.map((alarm) => alarm.state));
    return step;
  };
  const read = (point: string, v: unknown) => {
    const [cluster = '', measurement = ''] = point.split('/');
    return take({ kind: 'sensor', location: 'room', cluster, readings: { [measurement]: { v, q: v === null ? 'bad' : 'good' } } });
  };
  return {
    changes,
    alarms,
    take,
    read,
    door: (isOpen: boolean | null) => read('door/open', isOpen),
    temp: (value: number | null) => read('front/temperature', value),
    pass: (seconds: number, each: () => void = () => undefined) => {
      for (let i = 0; i < seconds; i++) {
        up += 1000;
        each();
        take({ kind: 'pulse' });
      }
    },
    get state() {
      return state;
    },
    allows: (device: string, request: boolean | number) => plan.restrict(state, device, request),
  };
};

describe('interlocks', () => {
  it('[DE3] force a value while their condition holds, on the entry that reports it', () => {
    const log = createLog(compile(doorFan));
    log.door(false);
    expect(log.allows('room/fan', 60)).toMatchObject({ value: 60, by: [] });
    expect(log.door(true)).toMatchObject({
      changes: [
        {
          id: 'room/safety/door-fan',
          state: 'tripped',
          why: { code: 'interlock/state', params: { interlock: 'room/safety/door-fan', state: 'tripped', because: 'door' } },
        },
      ],
      touched: ['room/fan'],
    });
    expect(log.allows('room/fan', 60)).toMatchObject({ value: 0, by: ['room/safety/door-fan'] });
  });

  it('[DE3] a latch holds until an operator lets it go, once its condition has been clear for long enough', () => {
    const plan = compile(doorFan);
    const log = createLog(plan);
    log.door(false);
    log.door(true);
    log.pass(5, () => log.door(false));
    const reset = () => log.take({ kind: 'interlock', id: 'room/safety/door-fan', state: 'clear', by: { kind: 'user', id: 'anna' } });
    expect(plan.isResettable(log.state, 'room/safety/door-fan')).toBe(false);
    reset();
    expect(log.allows('room/fan', 60).value).toBe(0);
    log.pass(20, () => log.door(false));
    expect(plan.isResettable(log.state, 'room/safety/door-fan')).toBe(true);
    reset();
    expect(log.allows('room/fan', 60).value).toBe(60);
    expect(log.changes.map(([, state]) => state)).toEqual(['tripped', 'latched', 'clear']);
    expect(log.alarms).toEqual(['active', 'cleared']);
  });

  it('[DE3] a latch outlives the hub: a fresh start reads it from the log', () => {
    const log = createLog(compile(doorFan));
    log.take({ kind: 'interlock', id: 'room/safety/door-fan', state: 'latched' });
    log.pass(3, () => log.door(false));
    expect(log.allows('room/fan', 60).value).toBe(0);
  });

  it('[DE3] a restart latches nothing that was not latched or tripped before it', () => {
    const plan = compile(doorFan);
    const door = (v: boolean, up: number) =>
      ({ lsn: up / 1000, at: up, up, kind: 'sensor', location: 'room', cluster: 'door', readings: { open: { v, q: 'good' } } }) as Entry;
    const pulse = (up: number): Entry => ({ lsn: up / 1000, at: up, up, kind: 'pulse' });
    const after = (entries: readonly Entry[], from: InterlockState = plan.start()) =>
      entries.reduce((state, entry) => plan.step(state, entry).state, from);
    const clear = plan.resume(after([door(false, 1000), pulse(2000)]));
    expect(plan.phases(after([pulse(90_000)], clear))).toMatchObject([{ state: 'tripped' }]);
    expect(plan.phases(after([pulse(90_000), door(false, 91_000), pulse(92_000)], clear))).toMatchObject([{ state: 'clear' }]);
    const tripped = plan.resume(after([door(false, 1000), door(true, 2000), pulse(3000)]));
    expect(plan.phases(after([pulse(90_000), door(false, 91_000)], tripped))).toMatchObject([{ state: 'latched' }]);
  });

  it('[DE3] the entry that reports a trip for want of a reading latches nothing', () => {
    const log = createLog(compile(doorFan));
    log.take({ kind: 'pulse' });
    log.take({ kind: 'interlock', id: 'room/safety/door-fan', state: 'tripped', by: { kind: 'hub' } });
    log.door(false);
    expect(log.allows('room/fan', 60).value).toBe(60);
  });

  it('[DE3] between its lines, one that the log shows to have tripped goes on to hold', () => {
    const log = createLog(compile(overtemp));
    log.take({ kind: 'interlock', id: 'room/safety/overtemp', state: 'tripped', by: { kind: 'hub' } });
    log.pass(300, () => log.temp(32));
    expect(log.allows('room/valve', 90).value).toBe(40);
    log.pass(60, () => log.temp(null));
    expect(log.allows('room/valve', 90).value).toBe(40);
    log.pass(2, () => log.temp(29));
    expect(log.allows('room/valve', 90).value).toBe(90);
  });

  it('[DE3] trip when they do not know, unless they say otherwise, and a start alone latches nothing', () => {
    const log = createLog(compile(doorFan, overtemp));
    log.take({ kind: 'pulse' });
    expect(log.allows('room/fan', 60).value).toBe(0);
    expect(log.allows('room/valve', 90).value).toBe(90);
    log.door(false);
    expect(log.allows('room/fan', 60).value).toBe(60);
    log.pass(61);
    expect(log.allows('room/fan', 60).value).toBe(0);
    log.door(false);
    expect(log.allows('room/fan', 60).value).toBe(0);
  });

  it('what ignores the unknown goes on as it was', () => {
    const log = createLog(compile(overtemp));
    log.pass(6, () => log.temp(35));
    log.pass(300, () => log.temp(35));
    expect(log.allows('room/valve', 90).value).toBe(40);
    log.pass(60, () => log.temp(null));
    expect(log.allows('room/valve', 90).value).toBe(40);
    log.pass(2, () => log.temp(20));
    expect(log.allows('room/valve', 90).value).toBe(90);
  });

  it('a limit comes down by its ramp', () => {
    const log = createLog(compile(overtemp));
    log.pass(6, () => log.temp(35));
    const began = log.allows('room/valve', 100).value;
    log.pass(60, () => log.temp(35));
    expect(Number(began) - Number(log.allows('room/valve', 100).value)).toBeCloseTo(20, 6);
    log.pass(300, () => log.temp(35));
    expect(log.allows('room/valve', 100).value).toBe(40);
  });

  it('read what devices do', () => {
    const log = createLog(
      compile(
        `    - { id: heat-vs-cool, when: 'actual("room/valve") > 10.0', deny: { device: room/heater, value: on }, onUnknown: ignore }`,
      ),
    );
    log.take({ kind: 'device', device: 'room/valve', phase: 'confirmed', value: 50, by: { kind: 'hub' } });
    expect(log.allows('room/heater', true)).toMatchObject({ value: false, by: ['room/safety/heat-vs-cool'] });
    log.take({ kind: 'device', device: 'room/valve', phase: 'confirmed', value: 0, by: { kind: 'hub' } });
    expect(log.allows('room/heater', true).value).toBe(true);
  });

  it.each([
    [
      'two that force opposite things',
      `    - { id: a, when: door, force: { device: room/heater, value: on } }\n    - { id: b, when: '!door', force: { device: room/heater, value: off } }`,
      'cannot contradict each other',
    ],
    [
      'two that deny everything',
      `    - { id: a, when: door, deny: { device: room/heater, value: on } }\n    - { id: b, when: '!door', deny: { device: room/heater, value: off } }`,
      'cannot contradict each other',
    ],
    ['a limit on a switch', '    - { id: a, when: door, limit: { device: room/heater, max: 40 } }', 'force or deny'],
    ['an interlock that does nothing', '    - { id: a, when: door }', 'one of force, deny and limit'],
    [
      'one that does two things',
      '    - { id: a, when: door, force: { device: room/fan, value: 0 }, limit: { device: room/fan, max: 40 } }',
      'one of force, deny and limit',
    ],
    ['a device that is not there', '    - { id: a, when: door, force: { device: room/fon, value: 0 } }', 'a device of the site'],
    ['half a switch', '    - { id: a, when: door, force: { device: room/heater, value: 50 } }', 'on or off: room/heater is a switch'],
    [
      'an id that is used twice',
      '    - { id: a, when: door, force: { device: room/fan, value: 0 } }\n    - { id: a, when: door, deny: { device: room/heater, value: on } }',
      'an id that no other interlock has',
    ],
    ['an expression that is wrong', '    - { id: a, when: dor, force: { device: room/fan, value: 0 } }', 'a known name'],
    ['a key that nobody keeps', '    - { id: a, when: door, force: { device: room/fan, value: 0 }, debounce: 5s }', 'a known key'],
  ])('refuses %s', (_, body, expected) => {
    const refused = (): readonly string[] => {
      try {
        compile(body);
      } catch (error) {
        if (error instanceof DocumentFault) return error.problems.map((problem) => `${problem.file}:${problem.line} ${problem.expected}`);
        throw error;
      }
      return [];
    };
    expect(refused().some((told) => told.includes(expected) && told.startsWith('safety.yaml:'))).toBe(true);
  });
});

describe('restricting a request', () => {
  const [heater, fan] = room.devices;
  const deny = (isOn: boolean): Restriction => ({ interlock: `deny-${isOn}`, kind: 'deny', isOn });
  const force = (value: boolean | number): Restriction => ({ interlock: `force-${value}`, kind: 'force', value });
  const limit = (max: number): Restriction => ({ interlock: `limit-${max}`, kind: 'limit', min: 0, max });

  it.each<[string, number, Restriction[], number]>([
    ['nothing', 60, [], 60],
    ['a limit', 60, [limit(40)], 40],
    ['the lower of two limits', 60, [limit(40), limit(30)], 30],
    ['force beats limit', 60, [limit(40), force(80)], 80],
    ['deny beats force', 60, [force(80), deny(true)], 0],
    ['deny beats force, in any order', 60, [deny(true), force(80)], 0],
    ['what contradicts itself leaves the safe value', 60, [force(80), force(0)], 20],
    ['and so does what denies everything', 60, [deny(true), deny(false)], 20],
  ])('[DE3] %s', (_, request, restrictions, value) => {
    if (fan === undefined) throw new Error('no fan');
    expect(restrictValue(fan, request, restrictions).value).toBe(value);
  });

  it('says who took it away, and raises what nobody can settle', () => {
    if (heater === undefined) throw new Error('no heater');
    expect(restrictValue(heater, true, [deny(true)])).toEqual({
      value: false,
      by: ['deny-true'],
      why: { code: 'interlock/restricts', params: { interlocks: ['deny-true'], value: false } },
      isContradicted: false,
    });
    expect(restrictValue(heater, false, [deny(true)]).by).toEqual([]);
    expect(restrictValue(heater, true, [force(true), force(false)])).toMatchObject({ value: false, isContradicted: true });
  });
});
