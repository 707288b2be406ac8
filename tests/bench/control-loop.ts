import { openContender, type Contender } from './contender.ts';
import type { Finding } from './report.ts';
import { summarise, toRatio } from './statistics.ts';

export type BenchOptions = { readonly rounds: number; readonly trips: number };

type Rounds = Map<string, number[][]>;

const contenders = [
  ['bare ws', 'near-ws.ts', []],
  ['bare Socket.IO', 'near-socket-io.ts', []],
  ['Phloem', 'near-phloem.ts', ['automation']],
  ['Phloem, link alone', 'near-phloem.ts', ['link']],
] as const;

/** A sensor frame is appended, and a device-state frame that comes of it is accepted and written; beside bare echoes. */
export const benchControlLoop = async ({ rounds, trips }: BenchOptions): Promise<Finding> => {
  await using stack = new AsyncDisposableStack();
  const running: Contender[] = [];
  for (const [name, file, args] of contenders) running.push(stack.use(await openContender(name, file, args)));

  const results: Rounds = new Map();
  // The first rounds warm up compilers and caches, and are thrown away.
  for (let round = -2; round < rounds; round += 1) {
    for (const contender of running) {
      for (const [what, samples] of Object.entries(await contender.run(trips))) {
        if (round < 0) continue;
        const key = what === 'echo' ? contender.name : `${contender.name}: ${what}`;
        results.set(key, [...(results.get(key) ?? []), samples as number[]]);
      }
    }
  }
  const of = (name: string): number[][] => results.get(name) ?? [];
  const ratioTo = (name: string, peer: string) => (name === peer ? null : toRatio(of(name), of(peer), 0.5));
  return {
    name: 'control-loop',
    title: 'Control loop, one in flight, two processes',
    unit: 'µs; median over rounds, and their middle half',
    columns: ['p50', 'p99', 'p50 × bare ws', 'p50 × bare Socket.IO'],
    rows: [...results.keys()].map((name) => {
      const { p50, p99 } = summarise(of(name));
      return { name, figures: [p50, p99, ratioTo(name, 'bare ws'), ratioTo(name, 'bare Socket.IO')] };
    }),
    verdicts: [],
    notes: [
      `${rounds} rounds of ${trips} trips each, the contenders taking turns; the peers carry a frame of the same size and do nothing with it`,
    ],
  };
};
