import { reasonOf } from '@phloem/protocol';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../bundle.ts';
import { readDocuments } from '../documents/source.ts';
import type { SiteModel } from '../site-model.ts';
import { toTestSite } from '../tests/test-site.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import type { EngineState } from './memory.ts';
import type { Plan } from './plan.ts';
import { compileTexts, createTestLog, device, head, problemsOf as findProblemsOf, told } from './testing.ts';

const site: SiteModel = {
  points: [
    { id: 'room/front/temperature', quantity: 'temperature' },
    { id: 'room/front/humidity', quantity: 'relative_humidity' },
    { id: 'room/door/open', quantity: 'boolean' },
  ],
  devices: [
    device('room/heater'),
    device('room/fan', { kind: 'percent', fallback: 20, merge: 'max' }),
    device('room/siren', { merge: 'any-on' }),
    device('other/pump'),
  ],
  timeZone: 'Europe/Berlin',
  isDemonstration: false,
};

const signals = `${head('Signals', 'room/signals')}spec:
  inputs:
    temp: { point: room/front/temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
    rh: { point: room/front/humidity, maxAge: 15s }
    door: { point: room/door/open, maxAge: 60s }
  signals:
    warm: { expr: 'temp > degC(20.0)' }
`;
const rule = (id: string, body: string): string => `${head('Rule', id)}spec:\n  use: { signals: room/signals }\n${body}\n`;
const heat = rule(
  'room/heat',
  `  when: { hysteresis: { on: 'temp < degC(20.0)', off: 'temp > degC(22.0)' }, for: { on: 10s, off: 5s } }
  unless: [ { expr: door, release: 20s, reason: door open } ]
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release, alarm: { priority: P2, text: blind } }`,
);

const compile = (...texts: string[]): Plan => compileTexts(texts, site);
const problemsOf = (...texts: string[]) => findProblemsOf(texts, site);

const createLog = (plan: Plan) => {
  const log = createTestLog(plan);
  const read = (temperature: number | null, q = 'good', humidity = 50) =>
    log.take({
      kind: 'sensor',
      location: 'room',
      cluster: 'front',
      readings: { temperature: { v: temperature, q }, humidity: { v: humidity, q: 'good' } },
    });
  const door = (isOpen: boolean) => log.read('door/open', isOpen);
  door(false);
  return {
    log,
    get state() {
      return log.state;
    },
    set state(next: EngineState) {
      log.state = next;
    },
    get up() {
      return log.up;
    },
    decisions: log.decisions,
    alarms: log.alarms,
    take: log.take,
    read,
    door,
    /** Reads the same temperature once a second. */
    pass: (seconds: number, temperature: number | null, q = 'good') => log.pass(seconds, () => read(temperature, q)),
    /** Lets time pass without a reading. */
    wait: (seconds: number) => log.pass(seconds),
    heater: () => log.requests('room/heater'),
  };
};

describe('the engine', () => {
  it('[VE4] goes past an entry of a kind that it does not know, and decides as without it', () => {
    const [log, newer] = [createLog(compile(signals, heat)), createLog(compile(signals, heat))];
    for (let n = 0; n < 12; n += 1) {
      for (const each of [log, newer]) each.pass(1, 19.5);
      const step = newer.take({ kind: 'forecast', location: 'room', cluster: 'front', readings: { temperature: { v: 40, q: 'good' } } });
      expect([step.decisions, step.alarms, step.values]).toEqual([[], [], []]);
    }
    expect(log.heater()).toEqual([true]);
    expect(newer.heater()).toEqual([true]);
  });

  it('switches when a condition has lasted, and says why with the numbers', () => {
    const log = createLog(compile(signals, heat));
    log.pass(10, 19.5);
    expect(log.decisions).toEqual([]);
    log.pass(1, 19.5);
    expect(log.decisions).toEqual([
      {
        device: 'room/heater',
        op: 'set',
        value: true,
        why: reasonOf('rule/requests', { rule: 'room/heat', value: true, forMs: 10_000, because: 'temp 19.50 °C < 20.00 °C' }),
        rule: 'room/heat',
        cause: expect.any(Number),
        ordinal: 0,
      },
    ]);
  });

  it('a condition that breaks off before its time starts again', () => {
    const log = createLog(compile(signals, heat));
    log.pass(9, 19.5);
    log.pass(1, 22.5);
    log.pass(9, 19.5);
    expect(log.decisions).toEqual([]);
  });

  it('goes to the safe state when the rule asks no more, and says which rule and what it saw', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    log.pass(10, 21);
    expect(log.heater()).toEqual([true]);
    log.pass(10, 22.5);
    expect(log.heater()).toEqual([true, false]);
    expect(log.decisions[1]).toMatchObject({ rule: null });
    expect(told(log.decisions[1]?.why)).toBe('room/heat no longer asks: temp 22.50 °C > 22.00 °C; off: no rule asks for it');
  });

  it('acts on the reading itself, not at the next pulse', () => {
    const log = createLog(
      compile(
        signals,
        rule(
          'room/now',
          "  when: 'temp > degC(30.0)'\n  then: [ { request: { device: room/siren, value: on, level: protect } } ]\n  onUnknown: { hold: 1s, then: release }",
        ),
      ),
    );
    log.pass(1, 25);
    expect(log.read(31).decisions).toMatchObject([{ device: 'room/siren', value: true }]);
  });

  it('what stops a rule stops it at once, and for as long as its release takes', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    const [decision] = log.door(true).decisions;
    expect(decision?.value).toBe(false);
    expect(told(decision?.why)).toBe('room/heat stopped: door open; off: no rule asks for it');
    log.door(false);
    log.pass(19, 19.5);
    expect(log.heater()).toEqual([true, false]);
    log.pass(1, 19.5);
    expect(log.heater()).toEqual([true, false, true]);
  });

  it('holds while it does not know, then releases with an alarm, and comes back', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    for (let i = 0; i < 29; i++) {
      log.pass(1, null, 'bad');
      expect(log.heater()).toEqual([true]);
    }
    log.pass(5, null, 'bad');
    expect(log.heater()).toEqual([true, false]);
    expect(told(log.decisions[1]?.why)).toBe('room/heat has had no known input for 30 s: temp unknown; off: no rule asks for it');
    log.pass(30, 19.5);
    expect(log.heater()).toEqual([true, false, true]);
  });

  it('raises the alarm of a blind rule once, and clears it', () => {
    const log = createLog(compile(signals, heat));
    log.pass(40, null, 'bad');
    expect(log.alarms).toEqual([
      {
        alarm: 'room/heat/unknown',
        state: 'active',
        priority: 'P2',
        why: { code: 'text', params: { text: 'blind' } },
        points: ['room/front/temperature'],
      },
    ]);
    log.pass(10, 19.5);
    expect(log.alarms.map(({ state }) => state)).toEqual(['active', 'cleared']);
  });

  it('a reading that nobody repeats becomes unknown when it is too old', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    log.wait(15 + 29);
    expect(log.heater()).toEqual([true]);
    log.wait(3);
    expect(log.heater()).toEqual([true, false]);
  });

  it('an unchanged reading that keeps coming is fresh: unchanged is not stale', () => {
    const log = createLog(compile(signals, heat));
    for (let i = 0; i < 20; i++) {
      log.pass(30, 19.5);
      log.door(false);
    }
    expect(log.heater()).toEqual([true]);
  });

  it.each([
    ['out of its valid range', 99, 'good'],
    ['stale', null, 'stale'],
    ['uncertain', 19, 'uncertain'],
    ['from a simulation, in a real room', 19, 'simulated'],
    ['in maintenance', 19, 'maintenance'],
  ])('a reading that is %s is no number', (_, v, q) => {
    const log = createLog(compile(signals, heat));
    log.pass(20, v, q);
    expect(log.decisions).toEqual([]);
    expect(log.take({ kind: 'pulse' }).state.values.filter((value) => value === v)).toEqual([]);
  });

  it('[LE3] decides every device of its scope again when a lease is granted, and none elsewhere', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    const { decisions } = log.take({ kind: 'lease', scope: 'room', term: 3, holder: 'automation-1' });
    expect(decisions.map(({ device: id, value }) => [id, value])).toEqual([
      ['room/heater', true],
      ['room/fan', 20],
      ['room/siren', false],
    ]);
    expect(decisions.every((decision) => decision.cause === log.state.lsn)).toBe(true);
    expect(log.take({ kind: 'lease', scope: 'room', term: 3, holder: null }).decisions).toEqual([]);
    expect(log.take({ kind: 'lease', scope: 'other', term: 4, holder: 'automation-2' }).decisions).toEqual([]);
  });

  it('[LE3] decides a device again whose frame came too late, and no other', () => {
    const log = createLog(compile(signals, heat));
    log.pass(15, 19.5);
    const refused = { kind: 'device', device: 'room/heater', phase: 'refused', value: true, by: { kind: 'hub' } };
    const { decisions, state } = log.take({ ...refused, why: reasonOf('command/late', { agoMs: 9000, ttlMs: 5000 }) });
    expect(decisions).toMatchObject([{ device: 'room/heater', value: true, cause: state.lsn }]);
    expect(log.take({ ...refused, why: reasonOf('command/cause-lost', { lsn: 12 }) }).decisions).toHaveLength(1);
    expect(log.take({ ...refused, why: reasonOf('command/unknown-device', { device: 'room/heater' }) }).decisions).toEqual([]);
  });

  it('a higher level outranks, and what is below comes back when it releases it', () => {
    const fan = (id: string, when: string, value: number, level: string): string =>
      rule(
        id,
        `  when: '${when}'\n  then: [ { request: { device: room/fan, value: ${value}, level: ${level} } } ]\n  onUnknown: { hold: 1s, then: release }`,
      );
    const log = createLog(
      compile(
        signals,
        fan('room/cool', 'temp > degC(25.0)', 60, 'control'),
        fan('room/hot', 'temp > degC(35.0)', 100, 'protect'),
        fan('room/quiet', 'temp > degC(25.0)', 90, 'schedule'),
      ),
    );
    for (const temperature of [20, 26, 36, 26, 20]) log.read(temperature);
    expect(log.decisions.map((decision) => decision.value)).toEqual([60, 100, 60, 20]);
  });

  it('reports signals and rules to people when they change, unknown included', () => {
    const log = createLog(compile(signals, heat));
    log.pass(1, 19.5);
    expect(log.read(20.5).values).toEqual([{ name: 'room/signals/warm', v: true, q: 'good' }]);
    expect(log.read(20.6).values).toEqual([]);
    expect(log.read(null, 'bad').values).toEqual([{ name: 'room/signals/warm', v: null, q: 'bad' }]);
  });

  it('leaves the state that it was given as it was, however many steps later somebody looks', () => {
    const plan = compile(signals, heat);
    const log = createLog(plan);
    const states: EngineState[] = [];
    const saved: string[] = [];
    for (let i = 0; i < 60; i++) {
      log.pass(1, 19 + (i % 7));
      states.push(log.state);
      saved.push(plan.save(log.state));
    }
    for (const i of [30, 0, 59, 12, 58, 1]) expect(plan.save(states[i] ?? log.state)).toBe(saved[i]);
  });

  it('goes two ways from one state, and neither knows of the other', () => {
    const plan = compile(signals, heat);
    const log = createLog(plan);
    log.pass(12, 19.5);
    const from = log.state;
    const go = (v: number) => {
      const readings = { temperature: { v, q: 'good' as const } };
      const entry = { kind: 'sensor', lsn: 999, at: 0, up: log.up + 5000, location: 'room', cluster: 'front', readings } as const;
      return plan.step(from, entry, { epoch: 'aaaaaaaaaaaa' });
    };
    const [warm, cold, again] = [go(30), go(10), go(30)];
    const [a, b, c] = [warm, cold, again].map((result) => plan.save(result.state));
    expect(c).toBe(a);
    expect(b).not.toBe(a);
    expect([warm, again].map((result) => result.values)).toEqual([warm.values, warm.values]);
  });

  it('goes on from a saved state as if nothing had happened, wherever it was saved', () => {
    const plan = compile(signals, heat);
    const [whole, cut] = [createLog(plan), createLog(plan)];
    for (let i = 0; i < 200; i++) {
      const temperature = i % 17 === 0 ? null : 21 + 4 * Math.sin(i / 9);
      for (const log of [whole, cut]) {
        log.pass(1, temperature, temperature === null ? 'bad' : 'good');
        if (i % 31 === 0) log.door(i % 2 === 0);
      }
      cut.state = plan.restore(plan.save(cut.state));
      expect(plan.hashState(cut.state)).toBe(plan.hashState(whole.state));
    }
    expect(cut.decisions).toEqual(whole.decisions);
    expect(whole.decisions.length).toBeGreaterThan(4);
  });

  it('refuses a state of another bundle, and one that is none', () => {
    const plan = compile(signals, heat);
    const other = compile(signals);
    expect(() => plan.restore(other.save(other.start()))).toThrow(/not one of this bundle/);
    expect(() => plan.restore('{')).toThrow(/not one of this bundle/);
  });

  it('commands the locations of the devices that its rules name', () => {
    expect(compile(signals, heat).scope).toBe('room');
    expect(compile(signals).scope).toBe('');
  });
});

describe('checking a bundle', () => {
  it.each([
    ['a set-point that is not there', heat.replace('temp < degC(20.0)', 'temp < sp.temp'), { found: 'sp.temp', line: 6, column: 37 }],
    ['a name that is nearly right', heat.replace('temp < degC', 'tmep < degC'), { hint: 'did you mean temp?', line: 6, column: 30 }],
    ['mixed units', heat.replace('temp < degC(20.0)', 'temp < kPa(1.0)'), { line: 6 }],
    ['a number that is no condition', heat.replace('temp < degC(20.0)', 'temp'), { expected: 'a condition' }],
    ['a device that is not there', heat.replace('room/heater', 'room/heatre'), { hint: 'did you mean room/heater?', line: 8 }],
    ['half a switch', heat.replace('value: on', 'value: 50'), { expected: 'on or off: room/heater is a switch' }],
    [
      'lines that overlap',
      heat.replace('temp > degC(22.0)', 'temp > degC(19.0)'),
      { expected: 'lines that leave a band between them', line: 6 },
    ],
    ['a missing onUnknown', heat.replace(/ {2}onUnknown.*/, ''), { expected: 'onUnknown (a map with hold, then, alarm)' }],
    ['a document that is not there', heat.replace('room/signals', 'room/signal'), { hint: 'did you mean room/signals?' }],
    ['a kind that is not there', heat.replace('kind: Rule', 'kind: Ruel'), { hint: 'did you mean Rule?', line: 2 }],
    [
      'a point that is not there',
      signals.replace('room/front/temperature', 'room/front/temperatur'),
      { hint: 'did you mean room/front/temperature?' },
    ],
    ['a range in the wrong unit', signals.replace('"60 °C"', '"60 %"'), { expected: 'a quantity in °C', found: 'a quantity in %' }],
    ['a word of the language as a name', signals.replace('warm:', 'svp:'), { found: 'the word svp' }],
    [
      'signals in a circle',
      signals.replace("'temp > degC(20.0)'", "'temp > hot'").concat("    hot: { expr: 'warm ? temp : temp' }\n"),
      { found: 'warm → hot → warm' },
    ],
  ])('reports %s', (_, text, problem) => {
    const texts = text.includes('kind: Signals') ? [text] : [signals, text];
    const found = problemsOf(...texts);
    expect(found[0]).toMatchObject(problem);
    expect(found[0]?.excerpt).toContain('^');
  });

  it('names both writers of a device that lets only one write', () => {
    expect(problemsOf(signals, heat, heat.replace('id: room/heat', 'id: room/warm'))[0]).toMatchObject({
      file: '2.yaml',
      found: 'room/heat and room/warm (level control)',
    });
  });

  it('refuses an id that is used twice', () => {
    expect(problemsOf(signals, signals)[0]?.found).toBe('room/signals');
  });
});

describe('the demonstration bundle', () => {
  it('compiles for the demonstration site, and commands its three rooms', () => {
    const read = (part: 'site' | 'bundle') => {
      const folder = new URL(`../../../examples/flower-room/${part}/`, import.meta.url);
      return readdirSync(folder)
        .toSorted()
        .map((name) => ({ path: name, text: readFileSync(new URL(name, folder), 'utf8') }));
    };
    const sources = readDocuments([...read('site'), ...read('bundle')]);
    const plan = compileBundle(readBundle(read('bundle')), toTestSite(sources, 'Europe/Berlin'));
    expect(plan.scope).toBe('cold_store+flower_room+propagation');
  });
});
