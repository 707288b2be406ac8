import {
  canonicalJson,
  Fault,
  hashDocument,
  type BacktestRequest,
  type BacktestStatus,
  type DocumentHash,
  type FaultCode,
} from '@phloem/protocol';
import { engineVersion } from '@phloem/rules';
import type { BacktestResult } from '@phloem/rules';

/** What is run: a request whose period is fixed. */
export type BacktestOrder = BacktestRequest & { readonly from: number; readonly to: number };

/** What the replay reports while it runs, and at its end. */
export type BacktestReport =
  | { readonly kind: 'progress'; readonly progress: number; readonly partial: BacktestResult | null }
  | { readonly kind: 'done'; readonly result: BacktestResult; readonly elapsedMs: number }
  | { readonly kind: 'failed'; readonly code: FaultCode | null; readonly message: string };

/** Runs one order at a time, away from this thread. */
export type BacktestRunner = {
  run(order: BacktestOrder, report: (report: BacktestReport) => void): void;
  /** Ends the order that runs. Nothing more is reported of it. */
  cancel(): void;
};

export type BacktestService = {
  /** Starts a back-test, or returns the one that answers the same question. @throws Fault `backtest/busy`, `backtest/invalid`. */
  start(request: BacktestRequest): BacktestStatus;
  /** @throws Fault `backtest/unknown`. */
  get(id: string): BacktestStatus;
  /** Ends a back-test that waits or runs; one that has ended stays as it is. @throws Fault `backtest/unknown`. */
  cancel(id: string): BacktestStatus;
};

type Kept = { status: BacktestStatus; readonly order: BacktestOrder };

const dayMs = 86_400_000;
export const backtestLimits = { maxWaiting: 4, maxKept: 32, longestMs: 31 * dayMs } as const;

/** Queues back-tests for a runner, and keeps the newest results. `at` is the wall clock of the hub. */
export const createBacktestService = (parts: {
  readonly runner: BacktestRunner;
  readonly at: () => number;
  readonly epoch: () => string;
}): BacktestService => {
  const queue = new BacktestQueue(parts.runner);
  return {
    start: (request) => {
      const order = toOrder(request, parts.at());
      // The past does not change, so the question, the log and the engine determine the result.
      const id = hashDocument(canonicalJson({ order, epoch: parts.epoch(), engine: engineVersion }));
      return queue.enter(id, order);
    },
    get: (id) => queue.find(id).status,
    cancel: (id) => queue.cancel(id),
  };
};

/** Fixes the period of a request. What has not happened yet cannot be replayed. */
const toOrder = (request: BacktestRequest, now: number): BacktestOrder => {
  const to = Math.floor(Math.min(request.to ?? now, now));
  const from = request.from ?? to - dayMs;
  if (from >= to) throw new Fault('backtest/invalid', 'the period has not begun, or ends before it begins: choose an earlier "from"');
  if (to - from > backtestLimits.longestMs) throw new Fault('backtest/invalid', 'the period is longer than 31 days: choose a later "from"');
  return { ...request, from, to };
};

/** What ended without a count is asked again: a demonstration may have got its simulated past since. */
const isAnswer = ({ state, result }: BacktestStatus): boolean => {
  if (state === 'done') return (result as BacktestResult | null)?.window.counted !== null;
  return state !== 'failed' && state !== 'cancelled';
};

class BacktestQueue {
  readonly #runner: BacktestRunner;
  readonly #kept = new Map<DocumentHash, Kept>();
  #waiting: readonly DocumentHash[] = [];
  #running: DocumentHash | null = null;

  constructor(runner: BacktestRunner) {
    this.#runner = runner;
  }

  enter(id: DocumentHash, order: BacktestOrder): BacktestStatus {
    const known = this.#kept.get(id);
    if (known !== undefined && isAnswer(known.status)) return known.status;
    if (this.#running !== null && this.#waiting.length >= backtestLimits.maxWaiting) {
      throw new Fault('backtest/busy', `${this.#waiting.length} back-tests wait already; cancel one, or try again in a moment`);
    }
    const { from, to } = order;
    const status: BacktestStatus = {
      id,
      state: 'waiting',
      from,
      to,
      progress: 0,
      elapsedMs: null,
      isPartial: false,
      result: null,
      failure: null,
    };
    this.#kept.delete(id);
    this.#kept.set(id, { status, order });
    this.#waiting = [...this.#waiting, id];
    this.#forgetOldest();
    this.#runNext();
    return this.find(id).status;
  }

  find(id: string): Kept {
    const found = this.#kept.get(id);
    if (found === undefined) throw new Fault('backtest/unknown', 'the hub no longer has this back-test, or never had it; start it again');
    return found;
  }

  cancel(id: string): BacktestStatus {
    const kept = this.find(id);
    const isRunning = this.#running === id;
    if (!isRunning && !this.#waiting.includes(id)) return kept.status;
    this.#waiting = this.#waiting.filter((each) => each !== id);
    kept.status = { ...kept.status, state: 'cancelled' };
    if (isRunning) {
      this.#runner.cancel();
      this.#running = null;
      this.#runNext();
    }
    return kept.status;
  }

  #runNext(): void {
    const [id, ...others] = this.#waiting;
    if (this.#running !== null || id === undefined) return;
    this.#waiting = others;
    this.#running = id;
    const kept = this.find(id);
    kept.status = { ...kept.status, state: 'running' };
    this.#runner.run(kept.order, (report) => this.#note(id, kept, report));
  }

  #note(id: DocumentHash, kept: Kept, report: BacktestReport): void {
    if (this.#running !== id) return;
    kept.status = stepStatus(kept.status, report);
    if (report.kind === 'progress') return;
    this.#running = null;
    this.#runNext();
  }

  #forgetOldest(): void {
    for (const [id] of this.#kept) {
      if (this.#kept.size <= backtestLimits.maxKept) return;
      if (id !== this.#running && !this.#waiting.includes(id)) this.#kept.delete(id);
    }
  }
}

const stepStatus = (status: BacktestStatus, report: BacktestReport): BacktestStatus => {
  switch (report.kind) {
    case 'progress':
      return { ...status, progress: report.progress, ...(report.partial === null ? {} : { result: report.partial, isPartial: true }) };
    case 'done':
      return { ...status, state: 'done', progress: 1, elapsedMs: report.elapsedMs, result: report.result, isPartial: false };
    case 'failed': {
      const { code, message } = report;
      // A bug of the engine has no code; its text is for the journal, not for a client.
      const failure =
        code === null ? { code: 'backtest/failed' as const, message: "Internal error. See the hub's log" } : { code, message };
      return { ...status, state: 'failed', result: null, isPartial: false, failure };
    }
  }
};
