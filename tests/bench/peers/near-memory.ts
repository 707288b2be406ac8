import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { openBenchHub } from './bench-hub.ts';
import { serve } from './near.ts';

/** 50 clusters of ten points: what a hub with 500 points at 1 Hz appends in a second. */
const clusters = 50;
const measurements = Array.from({ length: 10 }, (_, index) => `m${index}`);
/** Faster than real time, and with pauses, so that the collector works as it would. */
const secondsPerTurn = 20;

const hub = await openBenchHub();
const { log } = hub.store;
let second = 0;

const appendSecond = (): void => {
  second += 1;
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    const readings = Object.fromEntries(
      measurements.map((name, index) => [name, { v: Math.round(2000 + 50 * Math.sin(second / 60 + index)) / 100, q: 'good' as const }]),
    );
    log.append([{ kind: 'sensor', location: 'room', cluster: `cluster_${cluster}`, readings }]);
  }
};

await serve(async (seconds) => {
  const resident: number[] = [];
  for (let n = 0; n < seconds; n += secondsPerTurn) {
    const until = performance.now() + 100;
    for (let turn = 0; turn < secondsPerTurn; turn += 1) appendSecond();
    await pause(Math.max(1, until - performance.now()));
    resident.push(process.memoryUsage.rss() / 2 ** 20);
  }
  return { resident };
});
