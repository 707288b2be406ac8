import { openContender, type Contender } from './contender.ts';
import type { Finding, Verdict } from './report.ts';
import { percentile, summarise, toFigure, toRatio } from './statistics.ts';

export type BenchOptions = {
  readonly rounds: number;
  readonly trips: number;
  readonly viewers: readonly number[];
  /** Of the storm of `links`. */
  readonly kills: number;
  readonly seed: number;
  /** Which ways of `links`; all if empty. */
  readonly ways: readonly string[];
};

/** The samples of each round, by what was measured. */
type Rounds = Map<string, number[][]>;

const ws = 'bare ws';
const socketIo = 'bare Socket.IO';
const phloem = 'Phloem';
const disk = 'fdatasync of one page';

const contenders = [
  [ws, 'near-ws.ts', []],
  [socketIo, 'near-socket-io.ts', []],
  [phloem, 'near-phloem.ts', ['automation']],
  ['Phloem, link alone', 'near-phloem.ts', ['link']],
  [disk, 'near-fdatasync.ts', []],
] as const;

/** What the contenders measure, in words. */
const words: Readonly<Record<string, string>> = {
  accepted: 'accepted and written',
  intent: 'INTENT on disk',
};

/** A sensor frame is appended, and a device-state frame that comes of it is accepted and written; beside bare echoes. */
export const benchControlLoop = async ({ rounds, trips }: BenchOptions): Promise<Finding> => {
  const results = await runRounds(rounds, trips);
  const of = (name: string): number[][] => results.get(name) ?? [];
  const ratioTo = (name: string, peer: string) => (name === peer || name === disk ? null : toRatio(of(name), of(peer), 0.5));
  return {
    name: 'control-loop',
    title: 'Control loop, one in flight, two processes',
    unit: 'µs; median over rounds, and their middle half',
    columns: ['p50', 'p99', `p50 × ${ws}`, `p50 × ${socketIo}`],
    rows: [...results.keys()].map((name) => {
      const { p50, p99 } = summarise(of(name));
      return { name, figures: [p50, p99, ratioTo(name, ws), ratioTo(name, socketIo)] };
    }),
    verdicts: toVerdicts(of),
    notes: [
      `${rounds} rounds of ${trips} trips each, the contenders taking turns; the peers carry a frame of the same size and do nothing with it.`,
      `Phloem: the hub's production parts and the automation service as it is; "link alone" has a service of twenty lines on the link instead.`,
    ],
  };
};

const runRounds = async (rounds: number, trips: number): Promise<Rounds> => {
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  for (const [name, file, args] of contenders) running.push(stack.use(await openContender(name, file, args)));
  const results: Rounds = new Map();
  // The first rounds warm up compilers and caches, and are thrown away.
  for (let round = -2; round < rounds; round += 1) {
    for (const contender of running) {
      for (const [what, samples] of Object.entries(await contender.run(trips))) {
        const word = words[what];
        const key = word === undefined ? contender.name : `${contender.name}: ${word}`;
        if (round >= 0) results.set(key, [...(results.get(key) ?? []), [...samples]]);
      }
    }
  }
  return results;
};

const toVerdicts = (of: (name: string) => number[][]): Verdict[] => {
  const accepted = of(`${phloem}: ${words['accepted']}`);
  const intent = of(`${phloem}: ${words['intent']}`);
  const times = (peer: string, most: number): Verdict => {
    const { median } = toRatio(accepted, of(peer), 0.5);
    return { goal: `accepted, p50 ≤ ${most} × ${peer}`, measured: `${median.toFixed(2)} ×`, isReached: median <= most };
  };
  const p50 = (rounds: number[][]): number =>
    toFigure(
      rounds.map((round) =>
        percentile(
          round.toSorted((a, b) => a - b),
          0.5,
        ),
      ),
    ).median;
  const most = 1.5 * p50(of(socketIo)) + 2 * p50(of(disk));
  return [
    times(socketIo, 1.5),
    times(ws, 2),
    {
      goal: `INTENT on disk, p50 ≤ 1.5 × ${socketIo} + 2 × fdatasync (${most.toFixed(0)} µs)`,
      measured: `${p50(intent).toFixed(0)} µs`,
      isReached: p50(intent) <= most,
    },
  ];
};
