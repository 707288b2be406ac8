import { describe, expect, it } from 'vitest';
import { openServiceBench } from '../support/service-bench.ts';

const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [{ id: 'room/valve', kind: 'percent', failSafe: { after: 10_000, value: 0 }, minOn: 0, minOff: 0, merge: 'exclusive' }],
};
const rules = (kp = '10 %/K', title = 'Warm') => `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/s }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Loop
metadata: { id: room/loop, title: ${title} }
spec:
  use: { signals: room/s }
  every: 5s
  pv: temp
  sp: degC(25.0)
  pid: { kp: "${kp}", ti: 10min, output: { min: 0, max: 100 } }
  split: [ { range: [ 0, 100 ], to: { device: room/valve, as: percent, map: [ 0, 100 ] } } ]
  level: control
  onUnknown: { hold: 30s, then: release }
`;

/** Twenty minutes at 1 K too cold: the integral has become most of the output. Then `during`, and a minute more. */
const liveThrough = async (during: (bench: ReturnType<typeof openServiceBench>) => Promise<void>) => {
  const bench = openServiceBench(site);
  const output = () => Number(bench.values.get('room/loop'));
  await bench.start();
  await bench.push(rules());
  await bench.pass(20 * 60, 24);
  const before = output();
  const told = bench.commands.length;
  bench.values.delete('room/loop');
  await during(bench);
  await bench.pass(10, 24);
  const after = output();
  const valves = bench.commands.slice(told).map(({ frame }) => Number(frame.value));
  return { before, after, valves };
};

const cases: readonly [string, (bench: ReturnType<typeof openServiceBench>) => Promise<void>][] = [
  ['a push that changes nothing of it', (bench) => bench.push(rules('10 %/K', 'Warmer'))],
  ['a push with another gain', (bench) => bench.push(rules('25 %/K'))],
  [
    'a kill of the service',
    async (bench) => {
      bench.kill();
      await bench.start();
    },
  ],
  [
    'a kill of the service that leaves no checkpoint',
    async (bench) => {
      bench.kill();
      bench.forgetCheckpoints();
      await bench.start();
    },
  ],
];

// Where a deploy makes a new controller, its integral begins at nothing: the output falls to what the error alone asks for.
describe('the integral of a loop', () => {
  it.each(cases)('goes on through %s: the output does not jump', async (_what, during) => {
    const { before, after, valves } = await liveThrough(during);
    expect(before).toBeGreaterThan(25);
    expect(Math.abs(after - before)).toBeLessThan(1);
    expect(valves.length).toBeGreaterThan(0);
    for (const valve of valves) expect(Math.abs(valve - before)).toBeLessThan(1.5);
  });
});
