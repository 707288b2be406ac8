import {
  Fault,
  isFault,
  toLocation,
  toLocations,
  type Checkpoint,
  type DeviceId,
  type Entry,
  type Epoch,
  type ScopeId,
} from '@phloem/protocol';
import type { EngineState, Plan as RulesPlan } from '@phloem/rules';
import { isTruncated, parseEntries, toEpoch, type LogLineage, type ReceivedEntry } from '@phloem/reconnect';
import { restoreService } from '../checkpoint.ts';
import type { Compile, Plan } from '../plan.ts';
import { startService, type ServiceState } from '../service-state.ts';
import { neededDocuments, stepBatch } from '../step-batch.ts';
import {
  gatherFacts,
  noFacts,
  toDeviceInterlocks,
  toDeviceShape,
  toDocumentTitles,
  type DeviceFacts,
  type WhyFacts,
} from './gather-facts.ts';

/** A stretch of the hub's log. The hub may be newer: some entries may be of a kind that is not known here. */
export type LogStretch = LogLineage & { readonly first: number; readonly head: number; readonly entries: readonly ReceivedEntry[] };

/** What is asked of the hub. */
export type WhyHub = {
  readonly log: (after: number, limit: number) => Promise<LogStretch>;
  readonly bundles: () => Promise<readonly { readonly scope: ScopeId }[]>;
  /** The newest checkpoint that is not past an entry; null when there is none. */
  readonly checkpoint: (scope: ScopeId, before: number) => Promise<Checkpoint | null>;
  /** A document by its hash. */
  readonly document: (hash: string) => Promise<unknown>;
};

/** The hub says what stands again before it is this far back: who reads from here finds it. */
const readBack = 25_000;
const pageEntries = 5000;

/**
 * Recomputes why a device was as it was at an entry: the engine is set to the nearest checkpoint before it, or to the
 * beginning of the log, and steps what follows, as every service did when it happened.
 */
export const answerWhy = async (hub: WhyHub, device: DeviceId, lsn: number, compile: Compile): Promise<WhyFacts> => {
  const plans = new Map<Plan, RulesPlan>();
  // The plan that this package knows is the least that a service needs; the one that is compiled can explain itself.
  const compileHere: Compile = (bundle, site) => {
    const plan = compile(bundle, site);
    plans.set(plan, plan as unknown as RulesPlan);
    return plan;
  };
  const documents = new Map<string, unknown>();
  const load = async (hashes: readonly string[]): Promise<void> => {
    for (const hash of hashes) if (!documents.has(hash)) documents.set(hash, await hub.document(hash));
  };
  const start = await hub.log(0, 1);
  const scope = (await hub.bundles()).find((bundle) => toLocations(bundle.scope).includes(toLocation(device)))?.scope ?? null;
  const restored = scope === null ? null : await restore(hub, scope, { lsn, start, load, documents, compile: compileHere });
  let state: ServiceState = restored ?? startService({ epoch: toEpoch(start, start.first - 1), lsn: start.first - 1 }, scope);
  const from = state.position.lsn;

  let facts: DeviceFacts = noFacts;
  let newest: ReceivedEntry | null = null;
  for (let cursor = Math.max(start.first - 1, Math.min(from, lsn) - readBack); cursor < lsn;) {
    const stretch = await hub.log(cursor, Math.min(pageEntries, lsn - cursor));
    const last = stretch.entries.at(-1);
    if (last === undefined) break;
    newest = last;
    const entries = parseEntries(stretch.entries);
    const replayed = entries.filter((entry) => entry.lsn > from);
    await load(neededDocuments(replayed));
    for (const entry of entries) facts = gatherFacts(facts, entry, device);
    const step = stepEntries(state, replayed, toEpoch(stretch, last.lsn), { documents, compile: compileHere });
    state = step.state;
    const switched = step.traces.findLast((trace) => trace.device === device && trace.kind !== 'blocked');
    if (switched !== undefined) facts = { ...facts, switched };
    cursor = last.lsn;
  }
  if (newest === null) throw new Fault('cli/usage', 'the log does not go back that far');
  const plan = state.plan === null ? undefined : plans.get(state.plan);
  return {
    device,
    lsn: newest.lsn,
    at: newest.at,
    facts,
    interlocks: state.site === null ? [] : toDeviceInterlocks(documents.get(state.site), device),
    shape: state.site === null ? undefined : toDeviceShape(documents.get(state.site), device),
    titles: toDocumentTitles(state.bundle === null ? null : documents.get(state.bundle)),
    explanation: plan?.explain(state.run as EngineState, device) ?? null,
    replayed: { from, isCheckpoint: restored !== null, entries: newest.lsn - from },
    isForgotten: state.bundle === null && start.first > 1,
  };
};

type TraceOfDevice = NonNullable<DeviceFacts['switched']>;

const stepEntries = (
  state: ServiceState,
  entries: readonly Entry[],
  epoch: Epoch,
  { documents, compile }: { readonly documents: ReadonlyMap<string, unknown>; readonly compile: Compile },
): { readonly state: ServiceState; readonly traces: readonly TraceOfDevice[] } => {
  const last = entries.at(-1);
  if (last === undefined) return { state, traces: [] };
  const batch = { kind: 'entries', sub: 'why', epoch, from: state.position.lsn, last: last.lsn, entries } as const;
  // Nobody holds a lease under this name: nothing is requested, only remembered.
  const step = stepBatch(state, batch, { nodeId: 'why', compile, documents, isTracing: true });
  return { state: step.state, traces: step.traces as readonly TraceOfDevice[] };
};

const restore = async (
  hub: WhyHub,
  scope: ScopeId,
  {
    lsn,
    start,
    load,
    documents,
    compile,
  }: {
    readonly lsn: number;
    readonly start: LogStretch;
    readonly load: (hashes: readonly string[]) => Promise<void>;
    readonly documents: ReadonlyMap<string, unknown>;
    readonly compile: Compile;
  },
): Promise<ServiceState | null> => {
  for (let before = lsn; ;) {
    const checkpoint = await hub.checkpoint(scope, before);
    if (checkpoint === null || checkpoint.cursor < start.first - 1 || checkpoint.cursor > before) return null;
    before = checkpoint.cursor - 1;
    // Made of entries that the hub lost before they were on disk: what came instead is another story.
    if (isTruncated(start, { epoch: checkpoint.epoch, lsn: checkpoint.cursor })) continue;
    try {
      await load([checkpoint.bundle, checkpoint.site]);
      return restoreService(checkpoint, compile(documents.get(checkpoint.bundle), documents.get(checkpoint.site)));
    } catch (error) {
      // Of another engine, or altered: an older one, or the beginning of the log, leads to the same state, only later.
      if (!isFault(error)) throw error;
    }
  }
};
