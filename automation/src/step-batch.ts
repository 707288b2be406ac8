import type { AlarmReport, BundleEntry, DeviceStateFrame, DocumentHash, Entry, Fault, Lsn, NodeId, ValueReport } from '@phloem/protocol';
import type { Batch, Progress } from '@phloem/reconnect';
import { remember } from '@phloem/rules';
import type { Compile, Decision, HandOver } from './plan.ts';
import type { ServiceState } from './service-state.ts';
import { switchPlan, type Documents } from './switch-plan.ts';
import { toFrame } from './to-frame.ts';

/** Entries as the link delivers them. */
export type EntryBatch = Extract<Batch, { kind: 'entries' }>;

/** What a batch came to. */
export type BatchStep = {
  readonly state: ServiceState;
  readonly progress: Progress;
  readonly traces: readonly unknown[];
  /** Bundles that were put into shadow: nothing runs them here. */
  readonly shadows: readonly BundleEntry[];
  /** Entries at which the plan was switched, with what went wrong. */
  readonly switches: readonly {
    readonly lsn: Lsn;
    readonly state: ServiceState;
    readonly fault: Fault | null;
    readonly handOver: HandOver | null;
  }[];
};

export type StepOptions = {
  readonly nodeId: NodeId;
  readonly compile: Compile;
  readonly documents: Documents;
  /** Whether traces are wanted: they cost more than the decisions that they explain, and can be had from the log later. */
  readonly isTracing?: boolean;
};

/**
 * Steps the entries of a batch, one after the other, in one synchronous go; what comes of them is one progress. Frames
 * are made only where the log says that this node holds the scope: a standby computes the same and leaves it at that.
 */
export const stepBatch = (
  before: ServiceState,
  batch: EntryBatch,
  { nodeId, compile, documents, isTracing = false }: StepOptions,
): BatchStep => {
  const { epoch } = batch;
  let state = before;
  let remembered = 0;
  let commands: DeviceStateFrame[] = [];
  const alarms = new Map<string, AlarmReport>();
  const values = new Map<string, ValueReport>();
  const traces: unknown[] = [];
  const switches: BatchStep['switches'][number][] = [];
  const shadows: BundleEntry[] = [];

  const decide = (bundle: DocumentHash, decisions: readonly Decision[]): void => {
    if (state.term === null) return;
    for (const decision of decisions) commands.push(toFrame(bundle, epoch, decision));
  };

  for (const [index, entry] of batch.entries.entries()) {
    if (entry.kind === 'bundle' && entry.mode === 'shadow') {
      shadows.push(entry);
      continue;
    }
    if (entry.kind === 'site' || entry.kind === 'bundle') {
      state = { ...state, recent: remember(state.recent, batch.entries.slice(remembered, index)) };
      remembered = index;
      const switched = switchPlan(state, entry, { epoch, documents, compile });
      if (switched === null) continue;
      ({ state } = switched);
      switches.push({ lsn: entry.lsn, state, fault: switched.fault, handOver: switched.handOver });
      if (state.plan !== null) decide(state.plan.hash, switched.decisions);
      values.clear();
      for (const value of switched.values) values.set(value.name, value);
      continue;
    }
    if (entry.kind === 'lease' && entry.scope === state.scope) {
      state = { ...state, term: entry.holder === nodeId ? entry.term : null };
      // What an older term allowed and was not sent with it is decided again under the next one.
      commands = [];
    }
    const { plan } = state;
    if (plan === null) continue;
    const step = plan.step(state.run, entry, { epoch });
    state = { ...state, run: step.state };
    decide(plan.hash, step.decisions);
    for (const alarm of step.alarms) alarms.set(alarm.alarm, alarm);
    for (const value of step.values) values.set(value.name, value);
    if (isTracing) traces.push(...step.traces);
  }

  state = { ...state, position: { epoch, lsn: batch.last }, recent: remember(state.recent, batch.entries.slice(remembered)) };
  const progress: Progress = {
    sub: batch.sub,
    epoch,
    cursor: batch.last,
    term: state.term,
    ...(state.plan === null ? { isBare: true } : {}),
    commands,
    alarms: [...alarms.values()],
    values: [...values.values()],
  };
  return { state, progress, traces, shadows, switches };
};

/** The documents that must be at hand before these entries can be stepped. */
export const neededDocuments = (entries: readonly Entry[]): readonly DocumentHash[] =>
  entries.flatMap((entry) => (entry.kind === 'site' || (entry.kind === 'bundle' && entry.mode === 'live') ? [entry.hash] : []));
