import { openContender } from './contender.ts';
import type { BenchOptions } from './control-loop.ts';
import type { Finding } from './report.ts';

const daySeconds = 86_400;
/** So much of the 200 noisy points is enough for the other figures to be steady. */
const noisySeconds = 2 * 3600;
const goals = { kept: 1.5, written: 60, month: 1e9, entries: 250_000 } as const;
const gigabyte = 1e9;

/** What the log and the history take on the disk, what is written to it for that, and how fast sealed entries are read. */
export const benchStorage = async ({ trips }: BenchOptions): Promise<Finding> => {
  const share = Math.min(1, trips / 1000);
  const measure = async (source: string, seconds: number) => {
    await using near = await openContender(source, 'near-storage.ts', [source]);
    const found = await near.run(Math.max(3000, Math.round(seconds * share)));
    const of = (name: string): number => found[name]?.[0] ?? Number.NaN;
    const [log, history] = [of('log per reading'), of('history per reading')];
    return {
      log,
      history,
      kept: log + history,
      written: of('written per reading'),
      entries: of('entries a second'),
      readings: of('readings'),
    };
  };
  const noisy = await measure('noisy', noisySeconds);
  const demonstration = await measure('demonstration', daySeconds);
  const both = [noisy, demonstration];
  const month = noisy.kept * 200 * daySeconds * 35;
  const say = (values: readonly number[], digits: number): string => values.map((value) => value.toFixed(digits)).join(' and ');
  const row = (name: string, { log, history, kept, written, entries }: typeof noisy) => ({
    name,
    figures: [log, history, kept, written, entries],
  });
  return {
    name: 'storage',
    title: 'What readings take on the disk',
    unit: 'bytes per reading; entries/s',
    columns: ['log, sealed', 'history', 'in all', 'written', 'entries/s read'],
    rows: [row('200 noisy points', noisy), row('the demonstration', demonstration)],
    verdicts: [
      {
        goal: `log and history within ${goals.kept} bytes per reading`,
        measured: say(
          both.map(({ kept }) => kept),
          2,
        ),
        isReached: both.every(({ kept }) => kept <= goals.kept),
      },
      {
        goal: `at most ${goals.written} bytes written per reading`,
        measured: say(
          both.map(({ written }) => written),
          0,
        ),
        isReached: both.every(({ written }) => written <= goals.written),
      },
      {
        goal: '35 days of 200 points at 1 Hz within 1 GB',
        measured: `${(month / gigabyte).toFixed(2)} GB`,
        isReached: month <= goals.month,
      },
      {
        goal: `${goals.entries.toLocaleString('en')} entries/s from sealed segments`,
        measured: both.map(({ entries }) => Math.round(entries).toLocaleString('en')).join(' and '),
        isReached: both.every(({ entries }) => entries >= goals.entries),
      },
    ],
    notes: [
      `${noisy.readings.toLocaleString('en')} readings of 200 points in 50 clusters, a tenth of a unit or two from one to the next; ${demonstration.readings.toLocaleString('en')} of the demonstration, with the values of its rules`,
      'simulated time: a frame is an append, and each second is synced; written: write_bytes of /proc/self/io, until everything but the newest entries is sealed',
      'the disk must not be memory: PHLOEM_BENCH_FOLDER names a folder on another one',
    ],
  };
};
