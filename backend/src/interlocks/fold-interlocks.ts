import {
  reasonOf,
  type AlarmEntry,
  type AlarmReport,
  type Entry,
  type EntryDraft,
  type EntryKind,
  type InterlockEntry,
} from '@phloem/protocol';
import type { InterlockPlan, InterlockState, InterlockStep } from '@phloem/rules';

/** The interlocks after an entry: how they stand, and what the log says of that. */
export type InterlockFold = {
  readonly state: InterlockState;
  /** The newest entry of each interlock. */
  readonly told: ReadonlyMap<string, InterlockEntry>;
  /** The newest entry of each alarm that has an interlock's name. */
  readonly alarms: ReadonlyMap<string, AlarmEntry>;
  /** The newest word of the plan about each alarm. */
  readonly reports: ReadonlyMap<string, AlarmReport>;
};

/** Nobody looks back further than this many entries at a start: what stands is said again before it is out of sight. */
export const repeatEvery = 20_000;

export const startFold = (plan: InterlockPlan): InterlockFold => ({
  state: plan.start(),
  told: new Map(),
  alarms: new Map(),
  reports: new Map(),
});

/** The kinds that an interlock can read, or that report one; time passes by the pulse. */
const kinds: ReadonlySet<EntryKind> = new Set(['sensor', 'device', 'pulse', 'interlock', 'override', 'alarm']);

/** Pure: one entry of the log. `isNews` claims that the log may have to say something. */
export const foldInterlocks = (
  plan: InterlockPlan,
  fold: InterlockFold,
  entry: Entry,
): { readonly fold: InterlockFold; readonly isNews: boolean; readonly touched: InterlockStep['touched'] } => {
  if (!kinds.has(entry.kind)) return { fold, isNews: false, touched: [] };
  const { state, changes, alarms, touched } = plan.step(fold.state, entry);
  const told = entry.kind === 'interlock' ? new Map([...fold.told, [entry.id, entry]]) : fold.told;
  const reports = alarms.length === 0 ? fold.reports : new Map([...fold.reports, ...alarms.map((alarm) => [alarm.alarm, alarm] as const)]);
  const isAlarm = entry.kind === 'alarm' && (reports.has(entry.alarm) || told.has(entry.alarm));
  const next = { state, told, reports, alarms: isAlarm ? new Map([...fold.alarms, [entry.alarm, entry]]) : fold.alarms };
  const isOld = entry.kind === 'pulse' && [...told.values()].some((each) => isToBeRepeated(each, entry.lsn));
  return { fold: next, isNews: changes.length > 0 || entry.kind === 'interlock' || isAlarm || isOld, touched };
};

/**
 * What the log has to say after the entry `lsn`: how each interlock stands, where that is not what it says already, or
 * what it said so long ago that nobody would find it; the alarms that begin or end; and that an interlock which the site
 * does not have any more is over.
 */
export const toInterlockDrafts = (plan: InterlockPlan, fold: InterlockFold, lsn: number): readonly EntryDraft[] => {
  const phases = plan.phases(fold.state);
  const news = phases.filter(({ id, state }) => {
    const before = fold.told.get(id);
    return (before?.state ?? 'clear') !== state || (before !== undefined && isToBeRepeated(before, lsn));
  });
  const gone = [...fold.told.values()].filter(({ id, state }) => state !== 'clear' && !phases.some((each) => each.id === id));
  const standing = ({ alarm }: AlarmReport): boolean => (fold.alarms.get(alarm)?.state ?? 'cleared') !== 'cleared';
  return [
    ...news.map(({ id, state, why }): EntryDraft => ({ kind: 'interlock', id, state, by: { kind: 'hub' }, why })),
    ...[...fold.reports.values()]
      .filter((report) => standing(report) === (report.state === 'cleared'))
      .map((report): EntryDraft => ({ kind: 'alarm', by: { kind: 'hub' }, ...report })),
    ...gone.flatMap(({ id }): readonly EntryDraft[] => {
      const alarm = fold.alarms.get(id);
      const over: EntryDraft = { kind: 'interlock', id, state: 'clear', by: { kind: 'hub' }, why: reasonOf('site/no-interlock') };
      if (alarm === undefined || alarm.state === 'cleared') return [over];
      return [over, { kind: 'alarm', alarm: id, state: 'cleared', priority: alarm.priority, by: { kind: 'hub' } }];
    }),
  ];
};

const isToBeRepeated = (entry: InterlockEntry, lsn: number): boolean => entry.state !== 'clear' && lsn - entry.lsn >= repeatEvery;
