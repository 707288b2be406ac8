import type { BundleEntry, Fault, NodeId, ScopeId, Term, Welcome } from '@phloem/protocol';
import type { LeaseStatus, Link, LinkStatus } from '@phloem/reconnect';
import {
  defer,
  filter,
  first,
  firstValueFrom,
  merge,
  repeat,
  Subject,
  switchMap,
  takeUntil,
  tap,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { toCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from '@phloem/protocol';
import { createService, type ServiceOutput } from './create-service.ts';
import { createDocuments, type FetchDocument } from './documents.ts';
import { findStart } from './find-start.ts';
import type { Compile, HandOver } from './plan.ts';
import type { ServiceState } from './service-state.ts';

/** The name of the service's subscription to the log. */
export const logSubscription = 'log';

/** Where checkpoints are kept: own files, and the hub for those who start later. Neither throws: a checkpoint is a cache. */
export interface CheckpointStore {
  /** All that can be read, in any order. */
  list(scope: ScopeId | null): Observable<readonly Checkpoint[]>;
  keep(scope: ScopeId, checkpoint: Checkpoint): Promise<void>;
  /** Hands it to the hub, under the term that is held. */
  handOver(scope: ScopeId, term: Term, checkpoint: Checkpoint): Promise<void>;
}

/** What happens that somebody may want to read. */
export type ServiceNotice =
  | { readonly kind: 'started'; readonly state: ServiceState }
  | { readonly kind: 'switched'; readonly state: ServiceState; readonly handOver: HandOver | null }
  | { readonly kind: 'no-plan'; readonly lsn: number; readonly fault: Fault }
  | { readonly kind: 'lost'; readonly lost: readonly [number, number]; readonly why: string }
  | { readonly kind: 'unusable-checkpoint'; readonly cursor: number; readonly fault: Fault }
  | { readonly kind: 'traces'; readonly traces: readonly unknown[] }
  | { readonly kind: 'shadow'; readonly entry: BundleEntry };

export type RunOptions = {
  readonly link: Link;
  readonly nodeId: NodeId;
  readonly scope: ScopeId | null;
  readonly clock: SchedulerLike;
  readonly fetchDocument: FetchDocument;
  readonly compile: Compile;
  readonly checkpoints: CheckpointStore;
  readonly notice: (notice: ServiceNotice) => void;
  /** A bug: the service has stopped. */
  readonly crash: (error: unknown) => void;
  readonly checkpointEveryMs?: number;
  readonly handOverEveryMs?: number;
  /** Whether decisions are reported with all their evidence; `phloem rules why` recomputes it from the log otherwise. */
  readonly isTracing?: boolean;
};

/** A service at work. */
export interface RunningService {
  /** Commits, keeps and hands over a last checkpoint, and ends the link, which frees the lease. */
  stop(): Promise<void>;
}

/** How long a service that ends waits for its last commit to be confirmed. */
const farewellMs = 1500;

const isReady = (status: LinkStatus): boolean => status.phase === 'ready';

/** Lets a service live on a link: what the link delivers goes in, and what comes out is done. */
export const runService = (options: RunOptions): RunningService => {
  const { link, nodeId, scope, clock, compile, checkpoints, notice } = options;
  const { checkpointEveryMs = 10_000, handOverEveryMs = 3_600_000, isTracing = false } = options;
  const documents = createDocuments(options.fetchDocument, clock);
  const stopped$ = new Subject<void>();
  let state: ServiceState | null = null;
  let status: LinkStatus | null = null;
  let lease: LeaseStatus = { state: 'none' };
  let waiting: Extract<ServiceOutput, { type: 'checkpoint' }> | null = null;
  let handOverAt = clock.now() + handOverEveryMs;
  let handOverDue = false;
  let told: { readonly welcome: Welcome | null; readonly lost: Extract<ServiceOutput, { type: 'lost' }> } | null = null;

  /** Keeps the checkpoint that waits, once the scope's committed cursor covers it: nobody may begin ahead of it. */
  const keepCovered = async (): Promise<void> => {
    if (waiting === null || (status?.committed?.scope ?? -1) < waiting.checkpoint.cursor) return;
    const { scope: kept, checkpoint, isSwitch } = waiting;
    waiting = null;
    handOverDue ||= isSwitch || clock.now() >= handOverAt;
    if (handOverDue && lease.state === 'held') {
      handOverDue = false;
      handOverAt = clock.now() + handOverEveryMs;
      await checkpoints.handOver(kept, lease.term, checkpoint);
    }
    await checkpoints.keep(kept, checkpoint);
  };

  const perform = (output: ServiceOutput): void => {
    switch (output.type) {
      case 'progress':
        link.commit(output.progress);
        return;
      case 'scope':
        link.requestLease(output.scope);
        return;
      case 'state':
        ({ state } = output);
        return;
      case 'switched':
        notice(
          output.fault === null
            ? { kind: 'switched', state: output.state, handOver: output.handOver }
            : { kind: 'no-plan', lsn: output.lsn, fault: output.fault },
        );
        return;
      case 'checkpoint':
        handOverDue ||= output.isSwitch;
        waiting = output;
        void keepCovered().catch(options.crash);
        return;
      case 'shadow':
        notice({ kind: 'shadow', entry: output.entry });
        return;
      case 'traces':
        notice({ kind: 'traces', traces: output.traces });
        return;
      case 'lost':
        told = { welcome: status?.welcome ?? null, lost: output };
        notice({ kind: 'lost', lost: output.lost, why: output.why });
        return;
      default:
        output satisfies never;
    }
  };

  /** The log as the welcome reported it, and as what was lost since has shown it to be. */
  const toLog = (welcome: Welcome): Welcome['log'] => {
    const { log } = welcome;
    if (told?.welcome !== welcome) return log;
    const { from, why } = told.lost;
    return why === 'truncated' ? { ...log, head: Math.min(log.head, from) } : { ...log, first: Math.max(log.first, from + 1) };
  };

  const begin = (welcome: Welcome): Observable<ServiceOutput> =>
    checkpoints.list(scope ?? state?.scope ?? null).pipe(
      switchMap((known) =>
        findStart({
          log: toLog(welcome),
          checkpoints: known,
          scope,
          documents,
          compile,
          onUnusable: ({ cursor }, fault) => notice({ kind: 'unusable-checkpoint', cursor, fault }),
        }),
      ),
      tap((start) => {
        notice({ kind: 'started', state: start });
        link.subscribe({ sub: logSubscription, mode: 'every', filter: {}, cursor: start.position });
      }),
      switchMap((start) =>
        createService({ nodeId, batches$: link.batches$(logSubscription), start, documents, compile, clock, checkpointEveryMs, isTracing }),
      ),
    );

  link.status$.pipe(takeUntil(stopped$)).subscribe((next) => {
    status = next;
    void keepCovered().catch(options.crash);
  });
  link.lease$.pipe(takeUntil(stopped$)).subscribe((next) => {
    lease = next;
  });
  defer(() => link.status$)
    .pipe(
      filter(isReady),
      first(),
      switchMap(({ welcome }) => (welcome === null ? [] : begin(welcome))),
      // A service ends only when entries are lost; the next one begins at a checkpoint from which the log goes on.
      repeat(),
      takeUntil(stopped$),
    )
    .subscribe({ next: perform, error: options.crash });

  return {
    stop: async () => {
      const checkpoint = state === null ? null : toCheckpoint(state);
      const scopeNow = state?.scope ?? null;
      stopped$.next();
      if (checkpoint !== null && scopeNow !== null) {
        const covered$ = link.status$.pipe(filter(({ committed }) => (committed?.scope ?? -1) >= checkpoint.cursor));
        const covered = await firstValueFrom(merge(covered$, timer(farewellMs, clock)));
        if (typeof covered !== 'number') {
          if (lease.state === 'held') await checkpoints.handOver(scopeNow, lease.term, checkpoint);
          await checkpoints.keep(scopeNow, checkpoint);
        }
      }
      await link.close();
    },
  };
};
