import { describe, expect, it } from 'vitest';
import type { DeviceValue } from '@phloem/protocol';
import type { DeviceModel } from '../site-model.ts';
import { compileTexts, createTestLog, device, head, room } from './testing.ts';

const signals = `${head('Signals', 'room/s')}spec:
  inputs: { temp: { point: room/front/temperature, maxAge: 15s } }
`;
const loopTo = (to: string, range = '[ 0, 100 ]', output = 'min: 0, max: 100'): string => `${head('Loop', 'room/loop')}spec:
  use: { signals: room/s }
  every: 5s
  pv: temp
  sp: degC(24.0)
  pid:
    kp: "20 %/K"
    ti: 10min
    output: { ${output} }
    antiWindup: { mode: back-calculation, tt: 5min }
  split: [ { range: ${range}, to: ${to} } ]
  level: control
  onUnknown: { hold: 3min, then: release }
`;
const valve = '{ device: room/valve, as: percent, map: [ 0, 100 ] }';
const heater = '{ device: room/heater, as: time-proportion, map: [ 0, 100 ], period: 5min, minPulse: 30s }';

type Log = ReturnType<typeof createTestLog>;
/** What stands between a request and its device, once a second. */
type Gate = (log: Log, request: DeviceValue, applied: DeviceValue) => DeviceValue;

/** Lives with a gate: what it leaves of each request is written and confirmed. */
const live = (text: string, id = 'room/valve', limits: Partial<DeviceModel> = {}) => {
  const site = { ...room, devices: [device('room/heater'), device('room/valve', { kind: 'percent', fallback: 0, ...limits })] };
  const log = createTestLog(compileTexts([signals, text], site));
  let applied: DeviceValue = id === 'room/heater' ? false : 0;
  log.device(id, 'confirmed', applied);
  return {
    log,
    get applied() {
      return applied;
    },
    run: (seconds: number, temperature: number, gate: Gate) => {
      for (let i = 0; i < seconds; i++) {
        log.pass(1, () => log.read('front/temperature', temperature));
        const request = log.requests(id).at(-1) ?? (id === 'room/heater' ? false : 0);
        const next = gate(log, request, applied);
        if (next !== applied) for (const phase of ['written', 'confirmed']) log.device(id, phase, next);
        applied = next;
      }
    },
  };
};
const open: Gate = (_, request) => request;

describe('what keeps a request from its device winds no integral up', () => {
  const hindrances: readonly (readonly [string, Gate])[] = [
    ['an interlock that forces or limits it to nothing', () => 0],
    ['an interlock that limits it to a tenth', (_, request) => Math.min(10, Number(request))],
    ['a slew limit of one per cent a minute', (_, request, applied) => Math.min(Number(request), Number(applied) + 1 / 60, 20)],
    ['another rule that takes the device', () => 5],
    [
      'a device that does not follow',
      (log, request, applied) => {
        if (log.up % 60_000 === 0) {
          log.device('room/valve', 'written', request);
          log.device('room/valve', 'discrepancy', 0);
        }
        return applied;
      },
    ],
    [
      'a service that lost its lease, and a device at its safe value',
      (log, _, applied) => {
        if (log.up % 600_000 === 0) log.device('room/valve', 'safe', 0);
        return applied;
      },
    ],
  ];

  it.each(hindrances)('%s', (_, gate) => {
    const { log, run } = live(loopTo(valve));
    run(30, 24, open);
    run(7200, 22, gate);
    // 2 K of error is 40 %; what stands above that is wind-up.
    expect(log.values.get('room/loop')).toBeLessThan(60);
    run(240, 24.2, open);
    expect(log.requests('room/valve').at(-1)).toBeLessThan(20);
  });

  it('a device that cannot be reached: nobody knows what it does, so the integral stands still', () => {
    const { log, run } = live(loopTo(valve));
    run(60, 23.5, open);
    const before = Number(log.values.get('room/loop'));
    log.device('room/valve', 'failed', null);
    run(7200, 23.5, (_, __, applied) => applied);
    expect(Math.abs(Number(log.values.get('room/loop')) - before)).toBeLessThan(2);
    log.device('room/valve', 'confirmed', 10);
    run(600, 23.5, open);
    expect(log.values.get('room/loop')).toBeGreaterThan(before + 5);
  });

  it.each<readonly [string, DeviceValue]>([
    ['off', false],
    ['on', true],
  ])('a pulsed switch that is kept %s for two hours', (_, kept) => {
    const { log, run } = live(loopTo(heater), 'room/heater');
    const temperature = kept === false ? 22 : 26;
    run(60, 24, open);
    run(7200, temperature, () => kept);
    const output = Number(log.values.get('room/loop'));
    expect(kept === false ? output : 100 - output).toBeLessThan(60);
  });

  it('a pulsed switch that starts late and runs on, as minimum times make it, is no hindrance', () => {
    const delayed = live(loopTo(heater), 'room/heater');
    const prompt = live(loopTo(heater), 'room/heater');
    const late: DeviceValue[] = Array.from({ length: 20 }, () => false);
    prompt.run(3600, 23, open);
    delayed.run(3600, 23, (_, request) => {
      late.push(request);
      return late.shift() ?? false;
    });
    expect(Number(delayed.log.values.get('room/loop'))).toBeCloseTo(Number(prompt.log.values.get('room/loop')), 0);
  });

  it.each([
    ['8 bits', (request: number) => Math.round((request * 255) / 100) / 2.55, ''],
    ['steps of 0.5', (request: number) => Math.round(request * 2) / 2, ''],
    [
      'a resolution of 10 %, and a device that has tenths alone',
      (request: number) => Math.round(request / 10) * 10,
      ', resolution: "10 %"',
    ],
  ])('an output of %s is as good as one without steps', (_, toSteps, resolution) => {
    const coarse = live(loopTo(valve.replace(' }', `${resolution} }`)));
    const fine = live(loopTo(valve));
    for (const [each, gate] of [
      [coarse, (_: Log, request: DeviceValue) => toSteps(Number(request))],
      [fine, open],
    ] as const) {
      each.run(300, 23.5, gate);
      each.run(300, 24.3, gate);
      each.run(300, 23.8, gate);
    }
    expect(Number(coarse.log.values.get('room/loop'))).toBeCloseTo(Number(fine.log.values.get('room/loop')), 5);
  });

  it('a deadband of the device, in which the gate leaves small changes alone, lets the output come to its end', () => {
    const coarse = live(loopTo(valve), 'room/valve', { deadband: 6 });
    const fine = live(loopTo(valve));
    coarse.run(3600, 23.9, (_, request, applied) => (Math.abs(Number(request) - Number(applied)) < 6 ? applied : request));
    fine.run(3600, 23.9, open);
    expect(Number(coarse.log.values.get('room/loop'))).toBeCloseTo(Number(fine.log.values.get('room/loop')), 5);
  });

  it('a device below the line of its arm is at the end of its own range, not in that of another device', () => {
    const site = {
      ...room,
      devices: [device('room/valve', { kind: 'percent', fallback: 0 }), device('room/fan', { kind: 'percent', fallback: 0 })],
    };
    const split = loopTo('{ device: room/fan, as: percent, map: [ 30, 100 ] }', '[ 4, 100 ]', 'min: -100, max: 100').replace(
      'split: [ ',
      'split: [ { range: [ -100, -4 ], to: { device: room/valve, as: percent, map: [ 100, 0 ] } }, ',
    );
    const log = createTestLog(compileTexts([signals, split], site));
    log.device('room/fan', 'confirmed', 0);
    log.device('room/valve', 'confirmed', 0);
    log.pass(7200, () => log.read('front/temperature', 22));
    // An interlock keeps the fan at 0, below its 30 %: that must not open the valve, which does the contrary.
    expect(log.requests('room/valve').every((value) => value === 0)).toBe(true);
    expect(log.values.get('room/loop')).toBeGreaterThanOrEqual(0);
  });

  it('a step of the set-point makes no difference while its request is on its way', () => {
    const slow = live(loopTo(valve));
    const prompt = live(loopTo(valve));
    let queue: DeviceValue[] = [0, 0, 0, 0];
    prompt.run(1200, 23, open);
    slow.run(1200, 23, (_, request) => {
      queue = [...queue, request];
      return queue.shift() ?? 0;
    });
    expect(Number(slow.log.values.get('room/loop'))).toBeCloseTo(Number(prompt.log.values.get('room/loop')), 5);
  });

  it('after it gave up, it goes on from where the device was left', () => {
    const { log, run } = live(loopTo(valve));
    run(1200, 22, open);
    expect(log.values.get('room/loop')).toBeGreaterThan(70);
    log.pass(600, () => log.read('front/temperature', null));
    expect(log.requests('room/valve').at(-1)).toBe(0);
    for (const phase of ['written', 'confirmed']) log.device('room/valve', phase, 0);
    log.pass(6, () => log.read('front/temperature', 23.9));
    expect(log.values.get('room/loop')).toBeLessThan(10);
  });
});
