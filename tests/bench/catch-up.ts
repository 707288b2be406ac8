import type { BenchOptions } from './control-loop.ts';
import { openContender } from './contender.ts';
import type { Finding } from './report.ts';
import { summarise, toFigure } from './statistics.ts';

const entries = 100_000;
/** Each run starts processes of its own, so it takes a few seconds; so many of them say enough. */
const runs = 5;

/** How fast a service that was away takes in, steps and commits what it missed; beside bare ws, one message in flight. */
export const benchCatchUp = async ({ trips }: BenchOptions): Promise<Finding> => {
  const rates: number[] = [];
  const [late, latest]: [number[], number[]] = [[], []];
  const loops: number[][] = [];
  for (let run = 0; run < runs; run += 1) {
    {
      await using service = await openContender('service', 'near-catch-up.ts', ['automation']);
      const found = await service.run(entries);
      rates.push(...(found['entries a second'] ?? []));
      late.push(...(found['late, p99'] ?? []));
      latest.push(...(found['late, at most'] ?? []));
    }
    await using ws = await openContender('bare ws', 'near-ws.ts');
    await ws.run(trips);
    loops.push([...((await ws.run(trips))['echo'] ?? [])]);
  }
  const wsTrips = 1e6 / summarise(loops).p50.median;
  const rate = toFigure(rates);
  const ratio = rate.median / wsTrips;
  return {
    name: 'catch-up',
    title: 'Catch-up of an automation service',
    unit: 'entries/s, or round trips/s; median over runs, and their middle half',
    columns: ['a second', '× bare ws'],
    rows: [
      { name: 'bare ws, one in flight', figures: [wsTrips, null] },
      { name: 'Phloem, taken in, stepped and committed', figures: [rate, ratio] },
    ],
    verdicts: [
      { goal: 'at least 20 × the round trips of bare ws', measured: `${ratio.toFixed(1)} ×`, isReached: ratio >= 20 },
      { goal: 'at least 100,000 entries/s', measured: Math.round(rate.median).toLocaleString('en'), isReached: rate.median >= 100_000 },
    ],
    notes: [
      `the hub's thread meanwhile: turns up to ${(toFigure(late).median / 1000).toFixed(1)} ms late (p99), at most ${(toFigure(latest).median / 1000).toFixed(1)} ms (a timer of 1 ms is the measure)`,
      `${runs} runs over ${entries.toLocaleString('en')} entries: a cluster of six readings and a pulse in turn`,
    ],
  };
};
