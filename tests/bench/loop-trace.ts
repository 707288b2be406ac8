import type { BenchOptions } from './control-loop.ts';
import { openContender } from './contender.ts';
import type { Finding } from './report.ts';
import { summarise, toFigure, type Figure } from './statistics.ts';

const words: readonly (readonly [moment: string, words: string])[] = [
  ['stored', 'the hub has stored the sensor frame'],
  ['sent', 'the hub has handed it to the socket'],
  ['commit', 'the commit of the service has arrived and is decoded'],
  ['requested', 'the command is accepted: its entry is stored'],
  ['intent', 'the intention to write is stored'],
  ['write', 'the intention is on disk, and the write begins'],
  ['confirmed', 'the read-back is stored'],
];

/** Where the time of a round trip goes: when the hub passes each moment of it, one trip in flight. */
export const benchLoopTrace = async ({ rounds, trips }: BenchOptions): Promise<Finding> => {
  await using phloem = await openContender('Phloem', 'near-trace.ts');
  const results = new Map<string, number[][]>();
  for (let round = -2; round < rounds; round += 1) {
    for (const [moment, samples] of Object.entries(await phloem.run(trips))) {
      if (round >= 0) results.set(moment, [...(results.get(moment) ?? []), [...samples]]);
    }
  }
  const summaries = words.map(([moment, name]) => ({ name, summary: summarise(results.get(moment) ?? []) }));
  return {
    name: 'loop-trace',
    title: 'Moments of a round trip, as the hub sees them',
    unit: 'µs since the sensor frame was appended; median over rounds, and their middle half',
    columns: ['p50', 'p99', 'p50 since the moment before'],
    rows: summaries.map(({ name, summary: { p50, p99 } }, index) => ({
      name,
      figures: [p50, p99, toDifference(p50, summaries[index - 1]?.summary.p50 ?? null)],
    })),
    verdicts: [],
    notes: [`${rounds} rounds of ${trips} trips. The automation service runs as it is, in a process of its own.`],
  };
};

const toDifference = (figure: Figure, before: Figure | null): Figure | number =>
  before === null ? figure : toFigure([figure.median - before.median]).median;
