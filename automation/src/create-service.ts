import type { BundleEntry, Lsn, NodeId, ScopeId } from '@phloem/protocol';
import type { Batch, Progress } from '@phloem/reconnect';
import {
  concat,
  concatMap,
  connect,
  EMPTY,
  filter,
  from,
  ignoreElements,
  interval,
  last,
  map,
  merge,
  mergeMap,
  of,
  scan,
  takeUntil,
  takeWhile,
  withLatestFrom,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { toCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from '@phloem/protocol';
import type { LoadDocuments } from './documents.ts';
import type { Compile } from './plan.ts';
import type { ServiceState } from './service-state.ts';
import { neededDocuments, stepBatch, type BatchStep, type EntryBatch } from './step-batch.ts';

/** What leaves the service. */
export type ServiceOutput =
  /** How far it is and what it requests: for the link. */
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** There is a plan for this scope: ask for its lease. */
  | { readonly kind: 'scope'; readonly scope: ScopeId }
  /** The plan was switched, or, with a fault, there is none now. */
  | ({ readonly kind: 'switched' } & BatchStep['switches'][number])
  /** What the service is at this moment, to be kept once it is committed; at a switch it concerns others too. */
  | { readonly kind: 'checkpoint'; readonly scope: ScopeId; readonly checkpoint: Checkpoint; readonly isSwitch: boolean }
  | { readonly kind: 'traces'; readonly traces: readonly unknown[] }
  /** A bundle was put into shadow, which a service does not run. */
  | { readonly kind: 'shadow'; readonly entry: BundleEntry }
  | { readonly kind: 'state'; readonly state: ServiceState }
  /** Entries are missing before `from`: start again from a checkpoint. Nothing comes after it. */
  | { readonly kind: 'lost'; readonly from: Lsn; readonly lost: readonly [Lsn, Lsn]; readonly why: string };

export type ServiceOptions = {
  readonly nodeId: NodeId;
  /** What the link delivers of the log. */
  readonly batches$: Observable<Batch>;
  /** Where the service begins: what it was at a checkpoint, or nothing. */
  readonly start: ServiceState;
  readonly documents: LoadDocuments;
  readonly compile: Compile;
  readonly clock: SchedulerLike;
  readonly checkpointEveryMs: number;
  /** Whether anybody reads the traces of decisions. */
  readonly isTracing?: boolean;
};

type Lost = Extract<Batch, { kind: 'lost' }>;
type Step = { readonly step: BatchStep | null; readonly lost: Lost | null; readonly state: ServiceState };

/**
 * The service: entries go in, decisions come out. It steps one batch after the other, and none before it has the
 * documents that the batch's entries name. Cold; each subscription is a service of its own.
 */
export const createService = (options: ServiceOptions): Observable<ServiceOutput> => {
  const { batches$, start, documents, compile, nodeId, clock, checkpointEveryMs, isTracing = false } = options;
  const step$ = batches$.pipe(
    filter((batch): batch is EntryBatch | Lost => batch.kind !== 'epoch'),
    // In order, and one at a time: what follows an entry whose document is on its way has to wait.
    concatMap((batch) =>
      documents(batch.kind === 'entries' ? neededDocuments(batch.entries) : []).pipe(map((known) => ({ batch, known }))),
    ),
    scan<{ batch: EntryBatch | Lost; known: Parameters<typeof stepBatch>[2]['documents'] }, Step>(
      ({ state }, { batch, known }) => {
        if (batch.kind === 'lost') return { step: null, lost: batch, state };
        const step = stepBatch(state, batch, { nodeId, compile, documents: known, isTracing });
        return { step, lost: null, state: step.state };
      },
      { step: null, lost: null, state: start },
    ),
    takeWhile(({ lost }) => lost === null, true),
  );
  const begun$ = concat(of<ServiceOutput>({ kind: 'state', state: start }), toScopeOutput(start));
  return concat(
    begun$,
    step$.pipe(
      connect((shared$) =>
        merge(
          shared$.pipe(mergeMap((step) => from(toOutputs(step)))),
          interval(checkpointEveryMs, clock).pipe(
            withLatestFrom(shared$),
            mergeMap(([, { state }]) => toCheckpointOutput(state, false)),
            takeUntil(shared$.pipe(ignoreElements(), last(null, null))),
          ),
        ),
      ),
    ),
  );
};

const toScopeOutput = ({ plan, scope }: ServiceState): Observable<ServiceOutput> =>
  plan === null || scope === null ? EMPTY : of({ kind: 'scope', scope });

const toCheckpointOutput = (state: ServiceState, isSwitch: boolean): readonly ServiceOutput[] => {
  const checkpoint = toCheckpoint(state);
  return checkpoint === null || state.scope === null ? [] : [{ kind: 'checkpoint', scope: state.scope, checkpoint, isSwitch }];
};

const toOutputs = ({ step, lost, state }: Step): readonly ServiceOutput[] => {
  if (lost !== null) return [{ kind: 'lost', from: lost.from, lost: lost.lost, why: lost.why }];
  if (step === null) return [];
  const { progress, traces, shadows, switches } = step;
  const isNewPlan = switches.length > 0 && state.plan !== null && state.scope !== null;
  return [
    { kind: 'state', state },
    { kind: 'progress', progress },
    ...switches.map((switched) => ({ kind: 'switched' as const, ...switched })),
    ...shadows.map((entry) => ({ kind: 'shadow' as const, entry })),
    ...(traces.length > 0 ? [{ kind: 'traces' as const, traces }] : []),
    ...(isNewPlan && state.scope !== null ? [{ kind: 'scope' as const, scope: state.scope }] : []),
    ...(isNewPlan ? toCheckpointOutput(state, true) : []),
  ];
};
