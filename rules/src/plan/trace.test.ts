import { reasonOf } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head } from './testing.ts';
import type { Trace } from './trace.ts';

const signals = `${head('Signals', 'room/s')}spec:
  inputs:
    t1: { point: room/front/temperature, maxAge: 15s }
    t2: { point: room/middle/temperature, maxAge: 15s }
    door: { point: room/door/open, maxAge: 60s }
  signals:
    temp: { aggregate: { of: [ t1, t2 ], fn: mean } }
`;
const rule = (id: string, body: string): string => `${head('Rule', id)}spec:\n  use: { signals: room/s }\n${body}\n`;
const cool = rule(
  'room/cool',
  `  when: { hysteresis: { on: 'temp > degC(25.0)', off: 'temp < degC(23.0)' }, for: { on: 10s, off: 5s } }
  unless: [ { expr: door, reason: door open } ]
  then: [ { request: { device: room/fan, value: 60, level: control } } ]
  onUnknown: { hold: 30s, then: release }`,
);
const hot = rule(
  'room/hot',
  `  when: 'temp > degC(35.0)'
  then: [ { request: { device: room/fan, value: 100, level: protect } } ]
  onUnknown: { hold: 30s, then: release }`,
);

const start = () => {
  const plan = compileTexts([signals, cool, hot]);
  const log = createTestLog(plan);
  log.read('door/open', false);
  const read = (temperature: number | null) => {
    log.read('front/temperature', temperature);
    return log.read('middle/temperature', temperature);
  };
  const explain = () => {
    const explanation = plan.explain(log.state, 'room/fan');
    if (explanation === undefined) throw new Error('not explained');
    return explanation;
  };
  return { log, read, explain, plan };
};

describe('a trace', () => {
  it('shows the whole way from the readings to the switch', () => {
    const { log } = start();
    const traces: Trace[] = [];
    log.pass(11, () => {
      for (const point of ['front/temperature', 'middle/temperature']) traces.push(...log.read(point, 26).traces);
    });
    const last = traces.at(-1);
    expect(last).toMatchObject({
      v: 1,
      kind: 'changed',
      device: 'room/fan',
      from: 20,
      to: 60,
      because: 'room/cool asks for 60 %: temp 26.00 °C > 25.00 °C for 10 s',
    });
    expect(last?.traceId).toBe(`aaaaaaaaaaaa.${last?.lsn}.room/fan`);
    expect(last?.levels.map(({ level, requests }) => [level, requests.map((request) => request.value)])).toEqual([
      ['manual', []],
      ['protect', []],
      ['control', [60]],
      ['schedule', []],
      ['fallback', [20]],
    ]);
    expect(last?.expressions[0]).toMatchObject({ rule: 'room/cool', text: 'temp > degC(25.0)' });
    expect(last?.expressions[0]?.parts.map((part) => [part.text, part.value])).toEqual([
      ['temp', 26],
      ['degC(25.0)', 25],
      ['temp > degC(25.0)', true],
    ]);
    expect(last?.nodes.map((node) => node.id)).toEqual(
      expect.arrayContaining(['room/s/temp#aggregate', 'room/cool#hysteresis', 'room/cool#for']),
    );
    expect(last?.inputs.map(({ name, value, quality, ageMs }) => [name, value, quality, ageMs])).toEqual([
      ['t1', 26, 'good', 0],
      ['t2', 26, 'good', 1000],
      ['door', false, 'good', 11_000],
    ]);
  });

  it('is made for what did not come, when something begins to keep it back', () => {
    const { read } = start();
    read(20);
    expect(read(26).traces).toMatchObject([{ kind: 'blocked', from: 20, to: 20, blocked: [{ rule: 'room/cool', reason: 'pending' }] }]);
    expect(read(26).traces).toEqual([]);
  });
});

describe('why not', () => {
  const reasons = (explanation: { readonly blocked: readonly { readonly rule: string; readonly reason: string }[] }) =>
    explanation.blocked.map(({ rule: id, reason }) => [id, reason]);

  it('a time still runs', () => {
    const { log, read, explain } = start();
    log.pass(5, () => read(26));
    expect(reasons(explain())).toEqual([['room/cool', 'pending']]);
    expect(explain().blocked[0]?.because).toBe('room/cool waits for 10 s: temp 26.00 °C > 25.00 °C');
  });

  it('between the lines', () => {
    const { read, explain } = start();
    read(24);
    expect(reasons(explain())).toEqual([['room/cool', 'hysteresis-band']]);
  });

  it('not known', () => {
    const { read, explain } = start();
    read(24);
    read(null);
    expect(reasons(explain())).toEqual([
      ['room/cool', 'unknown'],
      ['room/hot', 'unknown'],
    ]);
    expect(explain().blocked[1]?.because).toBe('room/hot makes no request, from memory: temp unknown');
  });

  it('stopped', () => {
    const { log, read, explain } = start();
    log.pass(12, () => read(26));
    log.read('door/open', true);
    expect(reasons(explain())).toEqual([['room/cool', 'stopped']]);
    expect(explain().because).toBe(
      'room/cool stopped: door open; room/hot does not ask: temp 26.00 °C <= 35.00 °C; 20 %: no rule asks for it',
    );
  });

  it('outranked', () => {
    const { log, read, explain } = start();
    log.pass(12, () => read(36));
    expect(explain()).toMatchObject({ value: 100, rule: 'room/hot', blocked: [{ rule: 'room/cool', reason: 'outranked' }] });
  });

  it('the hub holds it back, by the code of its reason', () => {
    const { log, explain } = start();
    log.take({
      kind: 'device',
      device: 'room/fan',
      phase: 'held',
      value: 60,
      by: { kind: 'hub' },
      why: reasonOf('limit/active', { limit: 'min-off', leftMs: 40_000 }),
    });
    expect(explain().hub.held).toBe('limit/active');
    log.device('room/fan', 'confirmed', 60);
    expect(explain().hub).toEqual({ applied: 60, actual: 60, held: null });
  });

  it('somebody has it in hand, for as long as he said', () => {
    const { log, explain } = start();
    log.take({ kind: 'override', device: 'room/fan', by: { kind: 'user', id: 'anna' }, value: 80, forMs: 60_000, reason: 'test' });
    expect(explain().levels[0]).toEqual({ level: 'manual', requests: [{ rule: null, value: 80, wins: true }] });
    log.pass(61);
    expect(explain().levels[0]?.requests).toEqual([]);
  });

  it('says nothing of a device that is not its business', () => {
    const { log, plan } = start();
    expect(plan.explain(log.state, 'other/pump')).toBeUndefined();
  });
});
