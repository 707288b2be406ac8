import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head } from './testing.ts';

const signals = `${head('Signals', 'room/s')}spec:\n  inputs: { temp: { point: room/front/temperature, maxAge: 15s } }\n`;
const heat = (threshold: string, id = 'room/heat', time = '60s', device = 'room/heater'): string => `${head('Rule', id)}spec:
  use: { signals: room/s }
  when: { hysteresis: { on: 'temp < degC(${threshold})', off: 'temp > degC(23.0)' }, for: { on: ${time}, off: 5s } }
  then: [ { request: { device: ${device}, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`;

describe('a saved state', () => {
  it('keeps the names of slots that the first version gave them, so that older checkpoints are restored', () => {
    const plan = compileTexts([signals, heat('20.0')]);
    const log = createTestLog(plan);
    log.pass(10, () => log.read('front/temperature', 19));
    log.device('room/heater', 'confirmed', true);
    const { values } = JSON.parse(plan.save(log.state)) as { readonly values: Readonly<Record<string, unknown>> };
    expect(Object.keys(values).filter((id) => id.startsWith('device room/heater'))).toEqual([
      'device room/heater actual',
      'device room/heater applied',
      'device room/heater got',
      'device room/heater wish',
    ]);
  });
});

describe('switching bundles', () => {
  it('a timer goes on through the switch, by the id of its rule', () => {
    const before = compileTexts([signals, heat('20.0')]);
    const log = createTestLog(before);
    log.pass(40, () => log.read('front/temperature', 19));
    const after = compileTexts([signals, heat('20.5')]);
    const { state, handOver } = after.takeOver(before.save(log.state));
    expect(handOver).toEqual({ carried: ['room/heat#hysteresis', 'room/heat#for', 'room/heat#unknown'], fresh: [], dropped: [] });
    const decisions = [];
    let next = state;
    for (let i = 1; i <= 21; i++) {
      const entry = { kind: 'pulse', lsn: 1000 + i, at: log.state.at + i * 1000, up: log.state.up + i * 1000 } as const;
      const result = after.step(next, entry, { epoch: 'aaaaaaaaaaaa' });
      next = result.state;
      decisions.push(...result.decisions);
      if (i === 10) {
        const reading = {
          ...entry,
          kind: 'sensor',
          location: 'room',
          cluster: 'front',
          readings: { temperature: { v: 19, q: 'good' } },
        } as const;
        next = after.step(next, { ...reading, lsn: 2000 }, { epoch: 'aaaaaaaaaaaa' }).state;
      }
    }
    expect(decisions.map(({ device, value, cause }) => [device, value, cause])).toEqual([['room/heater', true, 1021]]);
  });

  it('a new rule takes over from what its device does; one that is gone is said', () => {
    const before = compileTexts([signals, heat('20.0', 'room/old', '5s')]);
    const log = createTestLog(before);
    log.pass(10, () => log.read('front/temperature', 19));
    log.device('room/heater', 'confirmed', true);
    log.pass(5, () => log.read('front/temperature', 21));
    const after = compileTexts([signals, heat('20.0', 'room/new')]);
    const { state, handOver } = after.takeOver(before.save(log.state));
    expect(handOver.fresh).toEqual(['room/new#hysteresis', 'room/new#for', 'room/new#unknown']);
    expect(handOver.dropped).toEqual(['room/old#for', 'room/old#hysteresis', 'room/old#unknown']);
    // 21 °C is between the lines: a rule that began from nothing would switch the heater off.
    const grant = { kind: 'lease', scope: 'room', term: 2, holder: 'automation-1', lsn: 500, at: state.at, up: state.up } as const;
    const { decisions } = after.step(state, grant, { epoch: 'aaaaaaaaaaaa' });
    expect(decisions.find((decision) => decision.device === 'room/heater')).toMatchObject({ value: true, rule: 'room/new' });
  });

  it('a device that does something else is no reason to begin with', () => {
    const before = compileTexts([signals]);
    const log = createTestLog(before);
    log.read('front/temperature', 21);
    log.device('room/heater', 'confirmed', false);
    const after = compileTexts([signals, heat('20.0')]);
    const { state } = after.takeOver(before.save(log.state));
    const result = after.step(state, { kind: 'pulse', lsn: 500, at: state.at, up: state.up }, { epoch: 'aaaaaaaaaaaa' });
    expect(result.decisions).toEqual([]);
  });

  it('a PID goes on from its output through a switch, with other gains and other limits: nothing bumps', () => {
    const loop = (kp: string, ti: string): string => `${head('Loop', 'room/loop')}spec:
  use: { signals: room/s }
  every: 5s
  pv: temp
  sp: degC(25.0)
  pid: { kp: "${kp}", ti: ${ti}, output: { min: -100, max: 0 } }
  split: [ { range: [ -100, 0 ], to: { device: room/valve, as: percent, map: [ 100, 0 ] } } ]
  level: control
  onUnknown: { hold: 30s, then: release }
`;
    const before = compileTexts([signals, loop('10 %/K', '10min')]);
    const log = createTestLog(before);
    log.pass(300, () => log.read('front/temperature', 26));
    const output = Number(log.values.get('room/loop'));
    expect(output).toBeLessThan(-10);
    const after = compileTexts([signals, loop('25 %/K', '20min')]);
    const { state, handOver } = after.takeOver(before.save(log.state));
    expect(handOver.carried).toContain('room/loop#pid');
    const entry = { lsn: 9000, at: state.at + 5000, up: state.up + 5000, kind: 'sensor', location: 'room', cluster: 'front' } as const;
    const next = after.step(state, { ...entry, readings: { temperature: { v: 26, q: 'good' } } }, { epoch: 'aaaaaaaaaaaa' });
    const told = next.values.find(({ name }) => name === 'room/loop');
    expect(Math.abs(Number(told?.v) - output)).toBeLessThan(1);
  });

  it('refuses what is no state', () => {
    expect(() => compileTexts([signals]).takeOver('[]')).toThrow(/not one of this engine/);
  });
});

describe('a restart', () => {
  it('a timer that was running goes on, and fires when it would have', () => {
    const plan = compileTexts([signals, heat('20.0')]);
    const log = createTestLog(plan);
    log.pass(40, () => log.read('front/temperature', 19));
    log.state = plan.restore(plan.save(log.state));
    log.pass(20, () => log.read('front/temperature', 19));
    expect(log.requests('room/heater')).toEqual([]);
    log.pass(1, () => log.read('front/temperature', 19));
    expect(log.requests('room/heater')).toEqual([true]);
  });

  it('fires nothing by itself: what was decided is not decided again', () => {
    const plan = compileTexts([signals, heat('20.0', 'room/heat', '5s')]);
    const log = createTestLog(plan);
    log.pass(10, () => log.read('front/temperature', 19));
    log.state = plan.restore(plan.save(log.state));
    log.pass(10, () => log.read('front/temperature', 19));
    expect(log.requests('room/heater')).toEqual([true]);
  });

  it('a hole in the log that is longer than a timer may be blind starts it again', () => {
    const plan = compileTexts([signals, heat('20.0')]);
    const log = createTestLog(plan);
    log.pass(40, () => log.read('front/temperature', 19));
    log.pass(120, () => undefined, 120_000);
    log.pass(30, () => log.read('front/temperature', 19));
    expect(log.requests('room/heater')).toEqual([]);
    log.pass(32, () => log.read('front/temperature', 19));
    expect(log.requests('room/heater')).toEqual([true]);
  });
});
