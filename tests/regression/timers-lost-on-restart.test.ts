import { describe, expect, it } from 'vitest';
import { openServiceBench } from '../support/service-bench.ts';

const minutes = 60;
const site = {
  apiVersion: 'phloem/v1',
  kind: 'SiteContent',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [{ id: 'room/fan', kind: 'switch', failSafe: { after: 10_000, value: false }, minOn: 0, minOff: 0, merge: 'exclusive' }],
};
const rules = (threshold = '25.0') => `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/s }
spec: { inputs: { temp: { point: room/front/temperature, maxAge: 15s } } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/cool }
spec:
  use: { signals: room/s }
  when: { hysteresis: { on: 'temp > degC(${threshold})', off: 'temp < degC(22.0)' }, for: { on: 30min, off: 1min } }
  then: [ { request: { device: room/fan, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`;

/** Twenty minutes of the thirty have passed when `during` happens; then it is as warm for another twenty. */
const liveThrough = async (during: (bench: ReturnType<typeof openServiceBench>) => Promise<void>) => {
  const bench = openServiceBench(site);
  await bench.start();
  await bench.push(rules());
  await bench.pass(10, 24);
  const warmSince = bench.up;
  await bench.pass(20 * minutes, 26);
  await during(bench);
  await bench.pass(20 * minutes, 26);
  const on = bench.commands.find(({ frame }) => frame.device === 'room/fan' && frame.value === true);
  return { onAfterS: ((on?.up ?? Number.NaN) - warmSince) / 1000, checkpoints: bench.checkpoints };
};

// Where timers live in the memory of a process, a restart begins them again: a fan that was due in ten minutes comes in thirty.
describe('a timer that runs when the automation service is killed', () => {
  it('goes on from the checkpoint, and ends when it would have', async () => {
    const { onAfterS, checkpoints } = await liveThrough(async (bench) => {
      bench.kill();
      await bench.pass(30, 26);
      await bench.start();
      await bench.pass(0, 26);
    });
    expect(checkpoints).toBeGreaterThan(0);
    // It is warm from the first second on.
    expect(onAfterS).toBe(30 * minutes + 1);
  });

  it('goes on where no checkpoint is left: the log knows it', async () => {
    const { onAfterS } = await liveThrough(async (bench) => {
      bench.kill();
      bench.forgetCheckpoints();
      await bench.start();
    });
    expect(onAfterS).toBe(30 * minutes + 1);
  });

  it('goes on through a push of other rules, by the id of its rule', async () => {
    const { onAfterS } = await liveThrough((bench) => bench.push(rules('25.5')));
    expect(onAfterS).toBe(30 * minutes + 1);
  });
});
