import { Fault, toLocations, type DocumentHash, type Lsn, type ScopeId } from '@phloem/protocol';
import { toEpoch } from '@phloem/reconnect';
import {
  compileBundle,
  compileInterlocks,
  engineVersion,
  hashContent,
  readSavedEngine,
  toReplay,
  toRecent,
  toSiteModel,
  toSourceDocument,
  toWarmUp,
  type BacktestBatch,
  type BacktestOptions,
  type BundleContent,
  type Moves,
  type Program,
  type SiteModel,
  type SiteParts,
  type WarmUp,
} from '@phloem/rules';
import type { LogEntries } from '../log/log-entries.ts';
import type { StoredCheckpoint } from '../store/hub-store.ts';
import type { CheckpointHeader } from '../store/store-disk.ts';
import { planPast, readPast, shiftEntry, type PastPlan, type PastSource } from './simulated-past.ts';

/** The stored log that a back-test reads; `openStoredLog` opens it. */
export type BacktestLog = LogEntries & {
  document(hash: DocumentHash): string | null;
  /** Oldest first. */
  checkpoints(): readonly CheckpointHeader[];
  checkpoint(scope: ScopeId, cursor: Lsn): StoredCheckpoint | null;
  /** What a demonstration was given before its log begins; none for a site of somebody. */
  readonly past?: PastSource | undefined;
};

/** What is to be tested. Without `to` up to the end of the log, without `from` over the day before that. */
export type BacktestQuestion = {
  readonly candidate: BundleContent;
  /** Null: what was live at each entry. */
  readonly baseline: BundleContent | null;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The points that devices change, once the site is known. */
  readonly toMoves?: (site: SiteModel) => Moves;
};

export type PreparedBacktest = {
  readonly options: BacktestOptions;
  readonly site: SiteModel;
  readonly warmUp: WarmUp;
  /** The simulated past that comes before the log; null where the period needs none, or there is none. */
  readonly past: PastPlan | null;
};

const dayMs = 86_400_000;
const slice = { entries: 16_384, bytes: 8 * 1024 * 1024 };

/**
 * Compiles what is to be tested against the site of a log, and finds where its replay begins.
 *
 * @throws Fault `backtest/invalid`; `document/invalid`, `document/unknown`, `rules/invalid`; `store/damaged`.
 */
export const prepareBacktest = (log: BacktestLog, question: BacktestQuestion): PreparedBacktest => {
  const { candidate, baseline, toMoves } = question;
  const { first, head } = log.bounds();
  if (head < first) throw new Fault('backtest/invalid', 'the log is empty: let the hub run for a while first');
  const to = question.to ?? (entryAfter(log, head - 1, first)?.at ?? 0) + 1;
  const from = question.from ?? to - dayMs;
  if (from >= to) throw new Fault('backtest/invalid', 'the beginning of the period is not before its end: choose an earlier "from"');
  const compile = createCompile(log, [candidate, ...(baseline === null ? [] : [baseline])]);
  const { plan, site } = compile(hashContent(candidate), log.checkpoints().at(-1)?.site ?? findSite(log, first));
  const warmUp = toWarmUp(candidate, site.devices);
  const places = new Set(toLocations(plan.scope));
  const isMeant = (scope: string): boolean => toLocations(scope).some((place) => places.has(place));
  const past = planPast(log, { from: from - warmUp.ms, first, isMeant, points: site.points });
  const start = past === null ? findStart(log, { first, head, at: from - warmUp.ms, isMeant, compile }) : fromNothing(first);
  return {
    site,
    warmUp,
    past,
    options: {
      candidate: hashContent(candidate),
      baseline: baseline === null ? null : hashContent(baseline),
      compile,
      isMeant,
      from,
      to,
      warmUpMs: warmUp.ms,
      moves: toMoves?.(site) ?? new Map(),
      start,
    },
  };
};

const entryAfter = (log: BacktestLog, after: number, first: number) => log.read(after, { entries: 1, bytes: 1 }, first)[0];

/** The site of a log that has no checkpoint: the one that its first entries name. */
const findSite = (log: BacktestLog, first: number): DocumentHash => {
  const site = log.read(first - 1, slice, first).find((entry) => entry.kind === 'site');
  if (site?.kind !== 'site')
    throw new Fault(
      'backtest/invalid',
      'the log does not say which site it belongs to, and has no checkpoint yet; let the hub run for an hour',
    );
  return site.hash;
};

/** Compiles what was given, and what the data folder holds. */
const createCompile = (log: BacktestLog, given: readonly BundleContent[]): BacktestOptions['compile'] => {
  const contents = new Map(given.map((content) => [hashContent(content), content]));
  const programs = new Map<string, Program>();
  return (bundle, site) => {
    const key = `${bundle} ${site}`;
    const known = programs.get(key);
    if (known !== undefined) return known;
    const parts = readStored(log, site) as SiteParts & { readonly interlocks?: readonly unknown[] };
    const model = toSiteModel(parts);
    const guards = (parts.interlocks ?? []).map((document, i) => toSourceDocument(document, `interlocks ${i + 1}`));
    const plan = compileBundle(contents.get(bundle) ?? (readStored(log, bundle) as BundleContent), model);
    const program = { plan, site: model, ...(guards.length === 0 ? {} : { interlocks: compileInterlocks(guards, model) }) };
    programs.set(key, program);
    return program;
  };
};

const readStored = (log: BacktestLog, hash: DocumentHash): unknown => {
  const text = log.document(hash);
  if (text === null) throw new Fault('document/unknown', `the data folder has no document ${hash.slice(0, 12)}`);
  return JSON.parse(text);
};

/**
 * A bundle that the data folder holds.
 *
 * @throws Fault `document/unknown` when it holds no bundle of this hash.
 */
export const readStoredBundle = (log: BacktestLog, hash: DocumentHash): BundleContent => {
  const content = readStored(log, hash) as BundleContent;
  if (content.kind !== 'Bundle') throw new Fault('document/unknown', `the document ${hash.slice(0, 12)} is no bundle`);
  return content;
};

type Search = {
  readonly first: number;
  readonly head: number;
  readonly at: number;
  readonly isMeant: (scope: string) => boolean;
  readonly compile: BacktestOptions['compile'];
};

/** Where the replay begins: at the newest checkpoint before a moment, else at the beginning of the log, else at the oldest checkpoint. */
const findStart = (log: BacktestLog, { first, head, at, isMeant, compile }: Search): BacktestOptions['start'] => {
  const begin = findEntryAt(log, at, first, head);
  const usable = log.checkpoints().filter(({ scope, cursor, engine }) => isMeant(scope) && cursor >= first - 1 && engine === engineVersion);
  const before = usable.filter(({ cursor }) => cursor < begin).at(-1);
  const header = before ?? (first === 1 ? undefined : usable[0]);
  if (header === undefined) return fromNothing(first);
  const checkpoint = log.checkpoint(header.scope, header.cursor);
  if (checkpoint === null) throw new Fault('store/damaged', `the checkpoint at ${header.cursor} is gone`);
  const { site, bundle, cursor } = checkpoint;
  const program = compile(bundle, site);
  const { scope, run, recent } = readSavedEngine(checkpoint, program.plan);
  return {
    from: { scope, site, bundle },
    resume: { program, run: program.plan.restore(run) },
    recent: toReplay(toRecent(recent)),
    after: cursor,
    isExact: true,
  };
};

const fromNothing = (first: number): BacktestOptions['start'] => ({
  from: { scope: null, site: null, bundle: null },
  resume: null,
  recent: [],
  after: first - 1,
  isExact: first === 1,
});

/** The number of the first entry at or after a wall time; the clock of the hub may have been set back, so it is near enough. */
const findEntryAt = (log: BacktestLog, at: number, first: number, head: number): number => {
  let [low, high] = [first, head + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = entryAfter(log, middle - 1, first);
    if (entry === undefined || entry.at >= at) high = middle;
    else low = Math.max(middle, entry.lsn) + 1;
  }
  return low;
};

/** The entries that a back-test needs, in batches of one epoch each. What the hub appends meanwhile is not read. */
export function* readBacktestBatches(
  log: BacktestLog,
  { options, past }: Pick<PreparedBacktest, 'options' | 'past'>,
): Generator<BacktestBatch> {
  if (past === null || log.past === undefined) return yield* readLog(log, options.start.after);
  yield* readPast(log.past, past);
  for (const { epoch, entries } of readLog(log, options.start.after))
    yield { epoch, entries: entries.map((entry) => shiftEntry(entry, past.shiftMs)) };
}

function* readLog(log: BacktestLog, begin: Lsn): Generator<BacktestBatch> {
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
