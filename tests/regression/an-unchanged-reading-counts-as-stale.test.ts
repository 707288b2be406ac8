import type { Entry } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { readExample } from '../rules/support/documents.ts';
import { epoch } from '../rules/support/simulate.ts';

const clusters: Readonly<Record<string, readonly string[]>> = {
  front: ['temperature', 'humidity', 'leaf_temperature'],
  middle: ['temperature', 'humidity'],
  back: ['temperature', 'humidity'],
};

/** What is known of the room after an hour of these readings, each second the same, reported as long as `isTelling`. */
const liveAnHour = (isTelling: (up: number) => boolean): readonly unknown[] => {
  const { plan } = readExample('flower-room');
  const ask = plan.query('temp');
  let state = plan.start();
  let lsn = 0;
  const take = (entry: Record<string, unknown>, up: number): void => {
    lsn += 1;
    ({ state } = plan.step(state, { lsn, up, at: up, ...entry } as Entry, { epoch }));
  };
  const known: unknown[] = [];
  for (let up = 0; up <= 3_600_000; up += 1000) {
    for (const [cluster, measurements] of Object.entries(clusters)) {
      if (!isTelling(up)) continue;
      const readings = measurements.map((name) => [name, { v: name === 'humidity' ? 60 : 25, q: 'good' }]);
      take({ kind: 'sensor', location: 'flower_room', cluster, readings: Object.fromEntries(readings) }, up);
    }
    take({ kind: 'pulse' }, up);
    if (up % 600_000 === 0) known.push(ask(state));
  }
  return known;
};

// Others look at when a value changed: a steady room is taken for a dead sensor, and a dead sensor's last value for a room.
it('a reading that does not change and keeps coming is known for as long as it comes', () => {
  expect(liveAnHour(() => true)).toEqual([25, 25, 25, 25, 25, 25, 25]);
});

it('a reading that has stopped coming is unknown, whatever it was', () => {
  expect(liveAnHour((up) => up < 1_000_000)).toEqual([25, 25, undefined, undefined, undefined, undefined, undefined]);
});
