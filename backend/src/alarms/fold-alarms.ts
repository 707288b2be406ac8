import type { AlarmWatchText } from '../store/hub-store.ts';
import {
  isFault,
  type AlarmEntry,
  type BundleEntry,
  type DocumentHash,
  type Entry,
  type EntryDraft,
  type EntryKind,
  type Lsn,
  type ScopeId,
} from '@phloem/protocol';
import type { AlarmFinding, AlarmPlan, EngineState } from '@phloem/rules';

/** Alarm documents with what was found of them until now. */
export type Watch = { readonly plan: AlarmPlan; readonly state: EngineState };

/** All alarms that documents define, as of an entry. */
export type AlarmFold = {
  readonly lsn: Lsn;
  readonly site: Watch;
  /** Of the live bundle of each scope; null where its documents cannot be had, or do not fit the site. */
  readonly bundles: ReadonlyMap<ScopeId, { readonly hash: DocumentHash; readonly watch: Watch | null }>;
};

/** Makes the alarms of a bundle ready; null where that cannot be. */
export type CompileAlarms = (hash: DocumentHash) => AlarmPlan | null;

export const startAlarmFold = (plan: AlarmPlan): AlarmFold => ({ lsn: 0, site: { plan, state: plan.start() }, bundles: new Map() });

/** The kinds that a condition can read; time passes by the pulse. */
const kinds: ReadonlySet<EntryKind> = new Set(['sensor', 'device', 'pulse', 'override', 'offset']);

/** Pure: one entry of the log. `isNews` claims that something else may be found now. */
export const foldAlarms = (
  fold: AlarmFold,
  entry: Entry,
  compile: CompileAlarms,
): { readonly fold: AlarmFold; readonly isNews: boolean } => {
  if (entry.kind === 'bundle') return { fold: switchBundle({ ...fold, lsn: entry.lsn }, entry, compile), isNews: entry.mode !== 'shadow' };
  if (!kinds.has(entry.kind)) return { fold: { ...fold, lsn: entry.lsn }, isNews: false };
  let isNews = false;
  const step = (watch: Watch): Watch => {
    const stepped = watch.plan.step(watch.state, entry);
    isNews ||= stepped.isNews;
    return { plan: watch.plan, state: stepped.state };
  };
  const site = step(fold.site);
  const bundles = new Map(
    [...fold.bundles].map(([scope, { hash, watch }]) => [scope, { hash, watch: watch === null ? null : step(watch) }]),
  );
  return { fold: { lsn: entry.lsn, site, bundles }, isNews };
};

/** Other rules for a scope: what is known of readings and times goes over to them as far as it fits. */
const switchBundle = (fold: AlarmFold, { scope, hash, mode }: BundleEntry, compile: CompileAlarms): AlarmFold => {
  if (mode === 'shadow') return fold;
  const bundles = new Map(fold.bundles);
  const before = bundles.get(scope)?.watch ?? null;
  if (mode === 'withdrawn') bundles.delete(scope);
  else {
    const plan = compile(hash);
    const state = plan === null ? null : before === null ? plan.start() : plan.takeOver(before.plan.save(before.state));
    bundles.set(scope, { hash, watch: plan === null || state === null ? null : { plan, state } });
  }
  return { ...fold, bundles };
};

/** What is found of every alarm; of two documents with one id that of the site counts, and then that of the first scope. */
export const findAlarms = ({ site, bundles }: AlarmFold): ReadonlyMap<string, AlarmFinding> => {
  const found = new Map<string, AlarmFinding>();
  const watches = [site, ...[...bundles.values()].flatMap(({ watch }) => watch ?? [])];
  for (const { plan, state } of watches) {
    for (const finding of plan.find(state)) if (!found.has(finding.definition.id)) found.set(finding.definition.id, finding);
  }
  return found;
};

/** The alarms that the rules of a scope may raise. */
export const ruleAlarmsOf = ({ bundles }: AlarmFold, scope: ScopeId): readonly string[] => bundles.get(scope)?.watch?.plan.ofRules ?? [];

/** What the log said last of an alarm. */
export type ReportedAlarm = Pick<AlarmEntry, 'state' | 'priority' | 'by' | 'suppressed'>;

/**
 * What the log has to say: the alarms that begin or end, or are suppressed by design, and those that no document defines
 * any more. An alarm that somebody cleared while its condition holds is raised again.
 */
export const toAlarmDrafts = (
  fold: AlarmFold,
  told: ReadonlyMap<string, ReportedAlarm>,
  isDocument: (alarm: string) => boolean,
): readonly EntryDraft[] => {
  const found = findAlarms(fold);
  const plans = [fold.site.plan, ...[...fold.bundles.values()].flatMap(({ watch }) => watch?.plan ?? [])];
  const known = new Set(plans.flatMap(({ definitions, ofRules }) => [...definitions.map(({ id }) => id), ...ofRules]));
  const drafts = [...found.values()].flatMap((finding) => toDraft(finding, told.get(finding.definition.id)) ?? []);
  const isAnyMissing = [...fold.bundles.values()].some(({ watch }) => watch === null);
  // Where a bundle cannot be read nobody knows which alarms are its own.
  const gone = isAnyMissing ? [] : [...told].filter(([id, { state }]) => state !== 'cleared' && isDocument(id) && !known.has(id));
  return [
    ...drafts,
    ...gone.map(([alarm, { priority }]): EntryDraft => ({ kind: 'alarm', alarm, state: 'cleared', priority, by: { kind: 'hub' } })),
  ];
};

/** As many as an entry names. */
const maxPoints = 64;

const toDraft = ({ definition, isActive, suppressed, why }: AlarmFinding, told: ReportedAlarm | undefined): EntryDraft | null => {
  const { id, priority, guidance, isShelvable, locations, points } = definition;
  const isTold = told !== undefined && told.state !== 'cleared';
  const places = locations.length > 0 ? { locations: [...locations] } : {};
  const entry = { kind: 'alarm', alarm: id, priority, by: { kind: 'hub' }, ...places } as const;
  if (isActive) {
    if (isTold && told.priority === priority) return null;
    return {
      ...entry,
      state: 'active',
      why,
      ...(points.length > 0 && { points: points.slice(0, maxPoints) }),
      ...(guidance !== undefined && { guidance }),
      ...(!isShelvable && { isShelvable: false }),
    };
  }
  const by = suppressed?.slice(0, 120);
  if (!isTold && by === told?.suppressed) return null;
  return { ...entry, state: 'cleared', ...(by !== undefined && { suppressed: by, why }) };
};

export const toWatchText = ({ lsn, site, bundles }: AlarmFold): AlarmWatchText => ({
  lsn,
  site: site.plan.save(site.state),
  bundles: [...bundles].map(([scope, { hash, watch }]) => ({ scope, hash, state: watch === null ? null : watch.plan.save(watch.state) })),
});

/** Goes on from what was stored; where the documents have changed since, as far as it fits. */
export const resumeAlarmFold = (plan: AlarmPlan, stored: AlarmWatchText, compile: CompileAlarms): AlarmFold => ({
  lsn: stored.lsn,
  site: { plan, state: resume(plan, stored.site) },
  bundles: new Map(
    stored.bundles.map(({ scope, hash, state }) => {
      const own = compile(hash);
      return [scope, { hash, watch: own === null ? null : { plan: own, state: state === null ? own.start() : resume(own, state) } }];
    }),
  ),
});

const resume = (plan: AlarmPlan, text: string): EngineState => {
  for (const attempt of [plan.restore, plan.takeOver]) {
    try {
      return attempt(text);
    } catch (error) {
      // A state of other documents fits in part; one of another version does not at all, and then nothing is remembered.
      if (!isFault(error, 'store/damaged')) throw error;
    }
  }
  return plan.start();
};
