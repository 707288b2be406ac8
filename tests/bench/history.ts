import { openContender } from './contender.ts';
import type { BenchOptions } from './control-loop.ts';
import type { Finding } from './report.ts';
import { percentile, toFigure } from './statistics.ts';

const runs = 3;

/** How fast the history takes the log in beside control, how long a year of one point takes, and whom it holds up. */
export const benchHistory = async ({ trips }: BenchOptions): Promise<Finding> => {
  const found = new Map<string, number[][]>();
  for (let run = 0; run < runs; run += 1) {
    await using near = await openContender('history', 'near-history.ts');
    for (const [name, samples] of Object.entries(await near.run(trips))) found.set(name, [...(found.get(name) ?? []), [...samples]]);
  }
  const figure = (name: string, share: number) =>
    toFigure((found.get(name) ?? []).map((samples) => percentile(Float64Array.from(samples).toSorted(), share)));
  const row = (name: string, of: string) => ({ name, figures: [figure(of, 0.5), figure(of, 0.99)] });
  const [rate, plain, year] = [figure('rows a second', 0.5), figure('plain inserts a second', 0.5), figure('a year', 0.99)];
  return {
    name: 'history',
    title: 'History beside control',
    unit: 'µs, or rows/s; median over runs, and their middle half',
    columns: ['p50', 'p99'],
    rows: [
      { name: 'rows/s taken in from the log, in its thread', figures: [rate, null] },
      { name: 'rows/s as plain inserts, each by itself', figures: [plain, null] },
      row("control's turns late, without a history", 'alone'),
      row("control's turns late, beside the history", 'beside'),
      row('a year of a point in 500 buckets', 'a year'),
      row('the same as a GROUP BY over its samples', 'a year of rows'),
      row("hub's thread still for 10,000 entries read there", 'read here'),
      row('the same read in the other thread', 'read there'),
    ],
    verdicts: [
      {
        goal: '50,000 rows/s beside control',
        measured: Math.round(rate.median).toLocaleString('en'),
        isReached: rate.median >= 50_000,
      },
      {
        goal: 'a year of one point at 500 buckets within 100 ms (p99)',
        measured: `${(year.median / 1000).toFixed(1)} ms`,
        isReached: year.median <= 100_000,
      },
    ],
    notes: [
      `${runs} runs; 500 points, ${Math.max(200, trips)} readings of each; a frame is appended every 5 ms meanwhile`,
      'a year: a sample each 30 s, 1,051,200 of them; smallest and largest value agree with the GROUP BY',
    ],
  };
};
