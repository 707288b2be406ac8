import { cpus } from 'node:os';
import { stageAt } from './commands.ts';
import type { Breach } from './facts.ts';
import type { Aftermath, Survived } from './storm.ts';

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;

const groupBy = <T>(items: readonly T[], key: (item: T) => string): [string, T[]][] => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
};

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const ms = (value: number): string => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–');

const breachKinds = [
  ['lost', 'entries lost, or sent and not in the log'],
  ['doubled', 'entries, acceptances or ends doubled, commands written again after a kill'],
  ['late', 'commands accepted late or under an old term, writes that nothing open asked for'],
  ['order', 'numbers, terms or times that go back'],
  ['wrong', 'entries that changed after they were sent; engines that ended in another state than one that never stopped'],
  ['endless', 'accepted commands without an end; faults from which the mesh did not recover within a minute'],
] as const satisfies readonly (readonly [Breach['kind'], string])[];

/** The kills by where they fell in the lives of the commands. The hub's own places say more than the log can. */
export const histogram = ({ kills, lives }: Aftermath): readonly (readonly [string, number])[] => {
  const inLife: Readonly<Record<string, string>> = {
    'accept.after': 'accepted, before INTENT',
    'intent.before': 'accepted, before INTENT',
    'intent.after': 'INTENT, before it is on disk',
    'sync.after': 'INTENT on disk, before the write',
    'write.before': 'INTENT on disk, before the write',
    'write.after': 'written, before the read-back',
    'outcome.before': 'read back, before the outcome',
  };
  const byLog = { accepted: 'accepted, not yet written', written: 'written, not yet read back', 'none open': 'no command open' };
  const stages = kills.map(({ who, place, at }) => (who === 'hub' ? inLife[place] : undefined) ?? byLog[stageAt(lives, at)]);
  return groupBy(stages, (stage) => stage).map(([stage, all]) => [stage, all.length] as const);
};

const recoveries = (survived: readonly Survived[]): string =>
  table(
    ['fault', 'times', 'recovery p50, ms', 'p95, ms', 'most, ms'],
    groupBy(survived, ({ kind }) => kind).map(([kind, all]) => {
      const times = all.map(({ recoveryMs }) => recoveryMs);
      return [kind, all.length, ms(percentile(times, 0.5)), ms(percentile(times, 0.95)), ms(Math.max(...times))];
    }),
  );

/** What a storm did and what came of it, as Markdown. */
export const reportStorm = (aftermath: Aftermath): string => {
  const { seed, minutes, survived, safeAfterMs, breaches, lives, kills, counts } = aftermath;
  const inLife = histogram(aftermath).reduce((sum, [stage, count]) => sum + (stage === 'no command open' ? 0 : count), 0);
  const lines = [
    `Seed ${seed}, ${minutes.toFixed(1)} minutes, ${survived.length} faults, ${kills.length} kills; ${counts.entries} entries, ${lives.length} commands (${(lives.length / minutes / 60).toFixed(1)} a second), ${counts.writes} writes at the simulator, ${counts.stepped} entries stepped by two engines, whose last states were held against a replay of the whole log (${aftermath.statesCompared} compared).`,
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`,
    '',
    table(
      ['what must not be', 'found'],
      breachKinds.map(([kind, says]) => [says, breaches.filter((breach) => breach.kind === kind).length]),
    ),
    '',
    recoveries(survived),
    '',
    safeAfterMs.length === 0
      ? ''
      : `Without a leader (failSafe.after 1 s) outputs were safe after ${ms(percentile(safeAfterMs, 0.5))} ms (p50), ${ms(Math.max(...safeAfterMs))} ms at most, ${safeAfterMs.length} times.`,
    '',
    `Where the kills fell (${inLife} of ${kills.length} between the acceptance of a command and its outcome):`,
    '',
    table(
      ['in the life of a command', 'kills', ''],
      histogram(aftermath).map(([stage, count]) => [
        stage,
        count,
        '█'.repeat(Math.max(1, Math.round((count / Math.max(1, kills.length)) * 40))),
      ]),
    ),
  ];
  const told = breaches.slice(0, 50).map(({ kind, who, says }) => `- ${kind}, ${who}: ${says}`);
  return [...lines, ...(told.length === 0 ? [] : ['', 'Breaches:', '', ...told])].join('\n');
};
