import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Answer, Ask } from '../contender.ts';

/** Starts the other process of a pair, which ends with this one. */
export const startFar = (file: string, args: readonly string[]): void => {
  fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
};

/** In the far process: ends when the near one is gone. */
export const endWithStarter = (): void => void process.once('disconnect', () => process.exit(0));

/** In the near process: says that it is ready, and answers what it is asked until its starter is gone. */
export const serve = async (roundTrips: (trips: number) => Promise<Answer['samples']>): Promise<never> => {
  process.send?.('ready');
  endWithStarter();
  for (;;) {
    const [{ trips }] = (await once(process, 'message')) as [Ask];
    process.send?.({ samples: await roundTrips(trips) } satisfies Answer);
  }
};

/** Measures trips one after the other, in microseconds. */
export const measure = async (trips: number, trip: (n: number) => Promise<void>): Promise<number[]> => {
  const samples: number[] = [];
  for (let n = 0; n < trips; n += 1) {
    const began = performance.now();
    await trip(n);
    samples.push((performance.now() - began) * 1000);
  }
  return samples;
};
