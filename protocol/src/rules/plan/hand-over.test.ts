import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head } from './testing.ts';

const signals = `${head('Signals', 'room/s')}spec:\n  inputs: { temp: { point: room/front/temperature, maxAge: 15s } }\n`;
const heat = (threshold: string, id = 'room/heat', time = '60s', device = 'room/heater'): string => `${head('Rule', id)}spec:
  use: { signals: room/s }
  when: { hysteresis: { on: 'temp < degC(${threshold})', off: 'temp > degC(23.0)' }, for: { on: ${time}, off: 5s } }
  then: [ { request: { device: ${device}, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`;

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

  it('refuses what is no state', () => {
    expect(() => compileTexts([signals]).takeOver('[]')).toThrow(/not one of this engine/);
  });
});
