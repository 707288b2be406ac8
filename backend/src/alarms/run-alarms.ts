import { isFault, parseAlarmId, type AlarmStatus, type DocumentHash, type Entry, type Lsn } from '@phloem/protocol';
import {
  compileAlarms,
  compileAlarmsInSteps,
  compileSiteAlarms,
  toSiteModel,
  toSourceDocument,
  trustContent,
  type AlarmPlan,
  type BundleContent,
} from '@phloem/rules';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { AlarmWatch } from './alarm-watch.ts';
import {
  foldAlarms,
  resumeAlarmFold,
  ruleAlarmsOf,
  startAlarmFold,
  toAlarmDrafts,
  toWatchText,
  type CompileAlarms,
  type ReportedAlarm,
} from './fold-alarms.ts';
import type { AlarmWatchText } from '../store/hub-store.ts';

export type AlarmWatchParts = {
  readonly store: Pick<HubStore, 'log' | 'documents'>;
  readonly site: Site;
  /** What was kept before this start; null at the first start. */
  readonly stored: AlarmWatchText | null;
  /** The newest entries of the log from before this start, oldest first. */
  readonly past: readonly Entry[];
  /** The alarms that were not over as of an entry. */
  readonly standing: { readonly lsn: Lsn; alarms(): readonly AlarmStatus[] };
  /** The alarms of interlocks, whose service raises and clears them. */
  readonly interlocks: readonly string[];
};

/**
 * Evaluates the alarms of the site and of the live bundles over the log, in the hub: a service that is dead, slow or
 * wrong silences none. A cursor like any other, but one that writes what it finds.
 */
export const createAlarmWatch = ({ store, site, stored, past, standing, interlocks }: AlarmWatchParts): AlarmWatch => {
  const { log } = store;
  const { compile, prepare } = createCompile(store, site);
  const plan = compileSiteAlarms(
    (site.alarms ?? []).map((document, index) => toSourceDocument(document, `alarms ${index + 1}`)),
    toSiteModel(site),
  );
  const told = new Map<string, ReportedAlarm>(standing.alarms().map((status) => [status.alarm, status]));
  const isDocument = (alarm: string): boolean => parseAlarmId(alarm).kind === 'document' && !interlocks.includes(alarm);
  let fold = stored === null ? startAlarmFold(plan) : resumeAlarmFold(plan, stored, compile);
  if (stored === null) for (const entry of past) ({ fold } = foldAlarms(fold, entry, compile));
  const reportedTo = standing.lsn;
  let isBusy = false;

  const say = (): void => {
    const drafts = toAlarmDrafts(fold, told, isDocument);
    if (drafts.length > 0) log.append(drafts);
  };
  const take = (entry: Entry): boolean => {
    const step = foldAlarms(fold, entry, compile);
    ({ fold } = step);
    // That somebody shelves an alarm changes nothing of whether it is active.
    if (entry.kind !== 'alarm' || entry.lsn <= reportedTo || entry.shelving !== undefined) return step.isNews;
    told.set(entry.alarm, {
      ...entry,
      state: entry.isAcknowledged === true ? toStateAfterAcknowledgement(told.get(entry.alarm), entry.state) : entry.state,
    });
    // Anyone who cleared it: while its condition holds it is active.
    return step.isNews || entry.by?.kind !== 'hub';
  };
  const catchUp = (): void => {
    if (isBusy) return;
    isBusy = true;
    try {
      for (;;) {
        const entries = log.read(Math.max(fold.lsn, log.first - 1), { entries: 1024, bytes: 4 * 1024 * 1024 });
        if (entries.length === 0) break;
        let isNews = false;
        for (const entry of entries) isNews = take(entry) || isNews;
        if (isNews && fold.lsn >= reportedTo) say();
      }
    } finally {
      isBusy = false;
    }
  };

  catchUp();
  say();
  const running = log.head$.subscribe(catchUp);
  catchUp();

  return {
    mayReport: (alarm, scope) => ruleAlarmsOf(fold, scope).includes(alarm),
    prepare,
    toStored: () => toWatchText(fold),
    close: () => running.unsubscribe(),
  };
};

const toStateAfterAcknowledgement = (before: ReportedAlarm | undefined, state: ReportedAlarm['state']): ReportedAlarm['state'] =>
  before?.state === 'cleared' ? 'cleared' : state;

/** Compiles the alarms of bundles from the documents that the hub keeps, once for each: at once, or ahead and in steps. */
const createCompile = ({ documents }: Pick<HubStore, 'documents'>, site: Site) => {
  const model = toSiteModel(site);
  const known = new Map<DocumentHash, AlarmPlan | null>();
  const read = (text: string): BundleContent => trustContent(JSON.parse(text) as BundleContent);
  const keep = (hash: DocumentHash, plan: AlarmPlan | null): AlarmPlan | null => {
    // A site, and a bundle for each scope, are a few; old ones are not needed again.
    if (known.size > 20) known.clear();
    known.set(hash, plan);
    return plan;
  };
  const compile: CompileAlarms = (hash) => {
    const found = known.get(hash);
    if (found !== undefined) return found;
    const text = documents.get(hash);
    return keep(hash, text === null ? null : orNull(() => compileAlarms(read(text), model)));
  };
  const prepare: AlarmWatch['prepare'] = async (hash, text, nextTurn) => {
    if (known.has(hash)) return;
    const steps = compileAlarmsInSteps(read(text), model);
    for (;;) {
      await nextTurn();
      const step = orNull(() => steps.next());
      if (step !== null && step.done !== true) continue;
      keep(hash, step?.value ?? null);
      return;
    }
  };
  return { compile, prepare };
};

/** Documents that do not fit the site have no alarms. */
const orNull = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch (error) {
    if (!isFault(error)) throw error;
    return null;
  }
};
