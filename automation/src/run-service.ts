import type { BundleEntry, Fault, NodeId, ScopeId, Term, Welcome, Checkpoint } from '@phloem/protocol';
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
import { type LoadDocuments, createDocuments, type FetchDocument } from './documents.ts';
import { toCheckpoint } from './checkpoint.ts';
import { createService, type ServiceOutput } from './create-service.ts';
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
export const runService = (options: RunOptions): RunningService => new LinkedService(options);

class LinkedService implements RunningService {
  readonly #options: RunOptions;
  readonly #link: Link;
  readonly #nodeId: string;
  readonly #scope: string | null;
  readonly #clock: SchedulerLike;
  readonly #compile: Compile;
  readonly #checkpoints: CheckpointStore;
  readonly #notice: (notice: ServiceNotice) => void;
  readonly #checkpointEveryMs: number;
  readonly #handOverEveryMs: number;
  readonly #isTracing: boolean;
  readonly #documents: LoadDocuments;
  readonly #stopped$ = new Subject<void>();
  #state: ServiceState | null = null;
  #status: LinkStatus | null = null;
  #lease: LeaseStatus = { state: 'none' };
  #waiting: Extract<ServiceOutput, { kind: 'checkpoint' }> | null = null;
  #handOverAt: number;
  #handOverDue = false;
  #told: { readonly welcome: Welcome | null; readonly lost: Extract<ServiceOutput, { kind: 'lost' }> } | null = null;

  constructor(options: RunOptions) {
    this.#options = options;
    const { link, nodeId, scope, clock, compile, checkpoints, notice } = options;
    this.#link = link;
    this.#nodeId = nodeId;
    this.#scope = scope;
    this.#clock = clock;
    this.#compile = compile;
    this.#checkpoints = checkpoints;
    this.#notice = notice;
    const { checkpointEveryMs = 10_000, handOverEveryMs = 3_600_000, isTracing = false } = options;
    this.#checkpointEveryMs = checkpointEveryMs;
    this.#handOverEveryMs = handOverEveryMs;
    this.#isTracing = isTracing;
    this.#documents = createDocuments(options.fetchDocument, this.#clock);
    this.#handOverAt = this.#clock.now() + this.#handOverEveryMs;
    this.#link.status$.pipe(takeUntil(this.#stopped$)).subscribe((next) => {
      this.#status = next;
      void this.#keepCovered().catch(options.crash);
    });
    this.#link.lease$.pipe(takeUntil(this.#stopped$)).subscribe((next) => {
      this.#lease = next;
    });
    defer(() => this.#link.status$)
      .pipe(
        filter(isReady),
        first(),
        switchMap(({ welcome }) => (welcome === null ? [] : this.#begin(welcome))),
        // A service ends only when entries are lost; the next one begins at a checkpoint from which the log goes on.
        repeat(),
        takeUntil(this.#stopped$),
      )
      .subscribe({ next: (output: ServiceOutput) => this.#perform(output), error: options.crash });
  }

  async stop(): Promise<void> {
    const checkpoint = this.#state === null ? null : toCheckpoint(this.#state);
    const scopeNow = this.#state?.scope ?? null;
    this.#stopped$.next();
    if (checkpoint !== null && scopeNow !== null) {
      const covered$ = this.#link.status$.pipe(filter(({ committed }) => (committed?.scope ?? -1) >= checkpoint.cursor));
      const covered = await firstValueFrom(merge(covered$, timer(farewellMs, this.#clock)));
      if (typeof covered !== 'number') {
        if (this.#lease.state === 'held') await this.#checkpoints.handOver(scopeNow, this.#lease.term, checkpoint);
        await this.#checkpoints.keep(scopeNow, checkpoint);
      }
    }
    await this.#link.close();
  }

  /** Keeps the checkpoint that waits, once the scope's committed cursor covers it: nobody may begin ahead of it. */
  async #keepCovered(): Promise<void> {
    if (this.#waiting === null || (this.#status?.committed?.scope ?? -1) < this.#waiting.checkpoint.cursor) return;
    const { scope: kept, checkpoint, isSwitch } = this.#waiting;
    this.#waiting = null;
    this.#handOverDue ||= isSwitch || this.#clock.now() >= this.#handOverAt;
    if (this.#handOverDue && this.#lease.state === 'held') {
      this.#handOverDue = false;
      this.#handOverAt = this.#clock.now() + this.#handOverEveryMs;
      await this.#checkpoints.handOver(kept, this.#lease.term, checkpoint);
    }
    await this.#checkpoints.keep(kept, checkpoint);
  }

  #perform(output: ServiceOutput): void {
    switch (output.kind) {
      case 'progress':
        this.#link.commit(output.progress);
        return;
      case 'scope':
        this.#link.requestLease(output.scope);
        return;
      case 'state':
        ({ state: this.#state } = output);
        return;
      case 'switched':
        this.#notice(
          output.fault === null
            ? { kind: 'switched', state: output.state, handOver: output.handOver }
            : { kind: 'no-plan', lsn: output.lsn, fault: output.fault },
        );
        return;
      case 'checkpoint':
        this.#handOverDue ||= output.isSwitch;
        this.#waiting = output;
        void this.#keepCovered().catch(this.#options.crash);
        return;
      case 'shadow':
        this.#notice({ kind: 'shadow', entry: output.entry });
        return;
      case 'traces':
        this.#notice({ kind: 'traces', traces: output.traces });
        return;
      case 'lost':
        this.#told = { welcome: this.#status?.welcome ?? null, lost: output };
        this.#notice({ kind: 'lost', lost: output.lost, why: output.why });
        return;
      default:
        output satisfies never;
    }
  }

  /** The log as the welcome reported it, and as what was lost since has shown it to be. */
  #toLog(welcome: Welcome): Welcome['log'] {
    const { log } = welcome;
    if (this.#told?.welcome !== welcome) return log;
    const { from, why } = this.#told.lost;
    return why === 'truncated' ? { ...log, head: Math.min(log.head, from) } : { ...log, first: Math.max(log.first, from + 1) };
  }

  #begin(welcome: Welcome): Observable<ServiceOutput> {
    return this.#checkpoints.list(this.#scope ?? this.#state?.scope ?? null).pipe(
      switchMap((known) =>
        findStart({
          log: this.#toLog(welcome),
          checkpoints: known,
          scope: this.#scope,
          documents: this.#documents,
          compile: this.#compile,
          onUnusable: ({ cursor }, fault) => this.#notice({ kind: 'unusable-checkpoint', cursor, fault }),
        }),
      ),
      tap((start) => {
        this.#notice({ kind: 'started', state: start });
        this.#link.subscribe({ sub: logSubscription, mode: 'every', filter: {}, cursor: start.position });
      }),
      switchMap((start) =>
        createService({
          nodeId: this.#nodeId,
          batches$: this.#link.batches$(logSubscription),
          start,
          documents: this.#documents,
          compile: this.#compile,
          clock: this.#clock,
          checkpointEveryMs: this.#checkpointEveryMs,
          isTracing: this.#isTracing,
        }),
      ),
    );
  }
}
