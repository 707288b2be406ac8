import { createTimeText, formatDuration } from '@phloem/protocol';
import { dataFiles } from '@phloem/backend/client';
import {
  openBacktestLog,
  prepareBacktest,
  readBacktestBatches,
  type BacktestLog,
  type PreparedBacktest,
} from '@phloem/backend/data-folder';
import { readFolder } from '@phloem/backend/documents';
import { judgeFailCondition, parseFailCondition, readBundle, runBacktest, type BacktestResult, type BundleContent } from '@phloem/rules';
import { parseMoment } from '../log/export-query.ts';
import { toBacktestLines } from '../rules/backtest-lines.ts';
import { parseMoves } from '../rules/parse-moves.ts';
import { printJson, printLines, printNote } from './print.ts';

export type BacktestFlags = {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
  readonly against: string;
  readonly moves: readonly string[];
  readonly failIf: readonly string[];
  readonly json: boolean;
};

/** People learn how far it is so often. */
const noteEveryMs = 5000;

/**
 * Back-tests a folder of bundle documents over the log of a data folder, and prints what would have been different. A hub may use the
 * folder: this process only reads. The exit code is 1 when a condition of --fail-if holds, and 3 when none holds but one is
 * undetermined.
 *
 * @throws Fault `cli/usage`, `backtest/invalid`, `document/invalid`; `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export const backtestFolder = (folder: string, flags: BacktestFlags): void => {
  const conditions = flags.failIf.map(parseFailCondition);
  const content = readBundle(readFolder(folder));
  const baseline = flags.against === 'live' ? null : readBundle(readFolder(flags.against));
  using log = openBacktestLog(dataFiles(flags.data));
  const prepared = prepare(log, { content, baseline, flags });
  const result = run(log, prepared);
  if (flags.json)
    printJson(
      { ...result, conditions: conditions.map((each) => ({ condition: each.text, verdict: judgeFailCondition(each, result) })) },
      2,
    );
  else printLines(toBacktestLines(result, createTimeText(prepared.site.timeZone)));
  const verdicts = conditions.map((each) => ({ text: each.text, verdict: judgeFailCondition(each, result) }));
  for (const { text, verdict } of verdicts) printNote(`--fail-if ${text}: ${verdictTexts[verdict]}`);
  if (verdicts.some(({ verdict }) => verdict === 'holds')) process.exitCode = 1;
  else if (verdicts.some(({ verdict }) => verdict === 'undetermined')) process.exitCode = 3;
};

const verdictTexts = {
  holds: 'holds',
  'holds-not': 'does not hold',
  undetermined: 'undetermined: the recorded readings do not show it',
} as const;

type Asked = { readonly content: BundleContent; readonly baseline: BundleContent | null; readonly flags: BacktestFlags };

const prepare = (log: BacktestLog, { content, baseline, flags }: Asked): PreparedBacktest => {
  const prepared = prepareBacktest(log, {
    candidate: content,
    baseline,
    to: flags.to === undefined ? undefined : parseMoment(flags.to, '--to'),
    from: flags.from === undefined ? undefined : parseMoment(flags.from, '--from'),
    toMoves: (model) => parseMoves(flags.moves, model),
  });
  const { warmUp } = prepared;
  printNote(`The rules first run for ${formatDuration(warmUp.ms)}, the length of their longest memory. That time is not counted.`);
  if (warmUp.unending.length > 0) printNote(`memories that no warm-up fills, taken over from what was live: ${warmUp.unending.join('; ')}`);
  return prepared;
};

const run = (log: BacktestLog, prepared: PreparedBacktest): BacktestResult => {
  const { options } = prepared;
  const running = runBacktest(readBacktestBatches(log, prepared), options);
  let notedAt = Date.now();
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
    if (Date.now() < notedAt + noteEveryMs) continue;
    notedAt = Date.now();
    const share = Math.max(0, step.value.at - (options.from - options.warmUpMs)) / (options.to - options.from + options.warmUpMs);
    printNote(`${Math.floor(100 * share)} % replayed, entry ${step.value.lsn}`);
  }
};
