import { createTimeText, Fault, formatDuration, toLocations, type DocumentHash } from '@phloem/protocol';
import { restoreService } from '@phloem/automation';
import { dataFiles } from '@phloem/backend/client';
import { openStoredLog, type StoredLog } from '@phloem/backend/data-folder';
import { readFolder } from '@phloem/backend/documents';
import { toEpoch } from '@phloem/reconnect';
import {
  compileBundle,
  compileInterlocks,
  engineVersion,
  hashContent,
  judgeFailCondition,
  parseFailCondition,
  readBundle,
  runBacktest,
  toSiteModel,
  toReplay,
  toSourceDocument,
  toWarmUp,
  type BacktestBatch,
  type BacktestOptions,
  type BacktestResult,
  type BundleContent,
  type EngineState,
  type Program,
  type SiteParts,
} from '@phloem/rules';
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

const dayMs = 86_400_000;
/** People learn how far it is so often. */
const noteEveryMs = 5000;
const slice = { entries: 16_384, bytes: 8 * 1024 * 1024 };

/**
 * Back-tests a folder of bundle documents over the log of a data folder, and prints what would have been different. A hub may use the
 * folder: this process only reads. The exit code is 1 when a condition of --fail-if holds, and 3 when none holds but one is
 * undetermined.
 *
 * @throws Fault `cli/usage`, `document/invalid`; `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export const backtestFolder = (folder: string, flags: BacktestFlags): void => {
  const conditions = flags.failIf.map(parseFailCondition);
  const content = readBundle(readFolder(folder));
  const baseline = flags.against === 'live' ? null : readBundle(readFolder(flags.against));
  using log = openStoredLog(dataFiles(flags.data).store);
  const { options, timeZone } = prepare(log, { content, baseline, flags });
  const result = run(log, options);
  if (flags.json)
    printJson(
      { ...result, conditions: conditions.map((each) => ({ condition: each.text, verdict: judgeFailCondition(each, result) })) },
      2,
    );
  else printLines(toBacktestLines(result, createTimeText(timeZone)));
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

const prepare = (log: StoredLog, { content, baseline, flags }: Asked): { readonly options: BacktestOptions; readonly timeZone: string } => {
  const { first, head } = log.bounds();
  if (head < first) throw new Fault('cli/usage', 'the log is empty: let the hub run for a while first');
  const end = entryAfter(log, head - 1, first)?.at ?? 0;
  const to = flags.to === undefined ? end + 1 : parseMoment(flags.to, '--to');
  const from = flags.from === undefined ? to - dayMs : parseMoment(flags.from, '--from');
  if (from >= to) throw new Fault('cli/usage', `--from ${flags.from ?? ''} is not before --to ${flags.to ?? 'the end of the log'}`);
  const compile = createCompile(log, [content, ...(baseline === null ? [] : [baseline])]);
  const site = log.checkpoints().at(-1)?.site ?? findSite(log, first);
  const { plan, site: model } = compile(hashContent(content), site);
  const { ms: warmUpMs, unending } = toWarmUp(content, model.devices);
  printNote(`The rules first run for ${formatDuration(warmUpMs)}, the length of their longest memory. That time is not counted.`);
  if (unending.length > 0) printNote(`memories that no warm-up fills, taken over from what was live: ${unending.join('; ')}`);
  const places = new Set(toLocations(plan.scope));
  const isMeant = (scope: string): boolean => toLocations(scope).some((place) => places.has(place));
  const start = findStart(log, { first, head, at: from - warmUpMs, isMeant, compile });
  return {
    timeZone: model.timeZone,
    options: {
      candidate: hashContent(content),
      baseline: baseline === null ? null : hashContent(baseline),
      compile,
      isMeant,
      from,
      to,
      warmUpMs,
      moves: parseMoves(flags.moves, model),
      start,
    },
  };
};

const entryAfter = (log: StoredLog, after: number, first: number) => log.read(after, { entries: 1, bytes: 1 }, first)[0];

/** The site of a log that has no checkpoint: the one that its first entries name. */
const findSite = (log: StoredLog, first: number): DocumentHash => {
  const site = log.read(first - 1, slice, first).find((entry) => entry.kind === 'site');
  if (site?.kind !== 'site')
    throw new Fault('cli/usage', 'the log does not say which site it belongs to, and has no checkpoint yet; let the hub run for an hour');
  return site.hash;
};

/** Compiles what was given as folders, and what the data folder holds. */
const createCompile = (log: StoredLog, given: readonly BundleContent[]): BacktestOptions['compile'] => {
  const contents = new Map(given.map((content) => [hashContent(content), content]));
  const programs = new Map<string, Program>();
  const read = (hash: DocumentHash): unknown => {
    const text = log.document(hash);
    if (text === null) throw new Fault('document/unknown', `the data folder has no document ${hash.slice(0, 12)}`);
    return JSON.parse(text);
  };
  return (bundle, site) => {
    const key = `${bundle} ${site}`;
    const known = programs.get(key);
    if (known !== undefined) return known;
    const parts = read(site) as SiteParts & { readonly interlocks?: readonly unknown[] };
    const model = toSiteModel(parts);
    const guards = (parts.interlocks ?? []).map((document, i) => toSourceDocument(document, `interlocks ${i + 1}`));
    const plan = compileBundle(contents.get(bundle) ?? (read(bundle) as BundleContent), model);
    const program = { plan, site: model, ...(guards.length === 0 ? {} : { interlocks: compileInterlocks(guards, model) }) };
    programs.set(key, program);
    return program;
  };
};

type Search = {
  readonly first: number;
  readonly head: number;
  readonly at: number;
  readonly isMeant: (scope: string) => boolean;
  readonly compile: BacktestOptions['compile'];
};

/** Where the replay begins: at the newest checkpoint before a moment, else at the beginning of the log, else at the oldest checkpoint. */
const findStart = (log: StoredLog, { first, head, at, isMeant, compile }: Search): BacktestOptions['start'] => {
  const begin = findEntryAt(log, at, first, head);
  const usable = log.checkpoints().filter(({ scope, cursor, engine }) => isMeant(scope) && cursor >= first - 1 && engine === engineVersion);
  const before = usable.filter(({ cursor }) => cursor < begin).at(-1);
  const header = before ?? (first === 1 ? undefined : usable[0]);
  if (header === undefined) {
    return { from: { scope: null, site: null, bundle: null }, resume: null, recent: [], after: first - 1, isExact: first === 1 };
  }
  const checkpoint = log.checkpoint(header.scope, header.cursor);
  if (checkpoint === null) throw new Fault('store/damaged', `the checkpoint at ${header.cursor} is gone`);
  const { scope, site, bundle, cursor } = checkpoint;
  const program = compile(bundle, site);
  const { run, recent } = restoreService(checkpoint, program.plan);
  return {
    from: { scope, site, bundle },
    resume: { program, run: run as EngineState },
    recent: toReplay(recent),
    after: cursor,
    isExact: true,
  };
};

/** The number of the first entry at or after a wall time; the clock of the hub may have been set back, so it is near enough. */
const findEntryAt = (log: StoredLog, at: number, first: number, head: number): number => {
  let [low, high] = [first, head + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = entryAfter(log, middle - 1, first);
    if (entry === undefined || entry.at >= at) high = middle;
    else low = Math.max(middle, entry.lsn) + 1;
  }
  return low;
};

const run = (log: StoredLog, options: BacktestOptions): BacktestResult => {
  const running = runBacktest(readBatches(log, options.start.after), options);
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

/** What the hub appends meanwhile is not read. */
function* readBatches(log: StoredLog, begin: number): Generator<BacktestBatch> {
  const bounds = log.bounds();
  const lineage = { epoch: bounds.epoch, lineage: [...bounds.lineage] };
  for (let after = begin; after < bounds.head;) {
    const entries = log.read(after, slice, bounds.first).filter(({ lsn }) => lsn <= bounds.head);
    const last = entries.at(-1);
    if (last === undefined) return;
    const epochs = [...new Set(entries.map(({ lsn }) => toEpoch(lineage, lsn)))];
    for (const epoch of epochs)
      yield { epoch, entries: epochs.length === 1 ? entries : entries.filter(({ lsn }) => toEpoch(lineage, lsn) === epoch) };
    after = last.lsn;
  }
}
