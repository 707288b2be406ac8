/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';
import { Fault, type DocumentHash } from '@phloem/protocol';
import type { CheckedBundle } from '../bundle-registry.ts';
import type { Handover } from '../checkpoint-registry.ts';
import type { AheadAnswer, AheadAsk, CheckOrder, CheckReport, CheckWorkerData } from './check-messages.ts';

/** Reads bundles and checkpoints in a thread of its own, one after the other. */
export type Checker = {
  /** @throws Fault document/syntax, document/invalid, rules/invalid; document/busy when too many wait. */
  bundle(bytes: Uint8Array): Promise<CheckedBundle>;
  /** @throws Fault document/syntax, protocol/invalid; document/busy when too many wait. */
  handover(bytes: Uint8Array): Promise<Handover>;
  /** What a bundle steers to, in the same thread, behind what waits there. */
  ahead(hash: DocumentHash, text: string, ask: AheadAsk): Promise<AheadAnswer>;
  close(): Promise<void>;
};

export type CheckerOptions = {
  /** The canonical text of the active site. */
  readonly siteText: string;
  /** So many are read or wait; one more is refused. */
  readonly maxWaiting?: number;
  /** So long one may take; then the thread is ended, and another one is started for the next. */
  readonly withinMs?: number;
};

const usually = { maxWaiting: 8, withinMs: 30_000 } as const;
/** Charts of many panels are asked for at once. */
const maxAhead = 500;
const isSource = import.meta.url.endsWith('.ts');

type Unnumbered<O> = O extends CheckOrder ? Omit<O, 'id'> : never;
type AnswerKind = Exclude<CheckReport['kind'], 'fault' | 'bug'>;
type Waiting = { readonly isDocument: boolean; readonly resolve: (report: CheckReport) => void; readonly reject: (fault: Fault) => void };

/** Opens the thread when something is to be read for the first time. `close` ends it. */
export const openChecker = (options: CheckerOptions): Checker => {
  const thread = new CheckThread({ ...usually, ...options });
  return {
    bundle: async (bytes) => (await thread.ask('bundle', { kind: 'bundle', bytes })).result,
    handover: async (bytes) => (await thread.ask('checkpoint', { kind: 'checkpoint', bytes })).result,
    ahead: async (hash, text, ask) => (await thread.ask('ahead', { kind: 'ahead', hash, text, ask })).result,
    close: () => thread.close(),
  };
};

/** The thread, and what waits for it. It is started again after it has ended. */
class CheckThread {
  readonly #options: Required<CheckerOptions>;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #deadline: NodeJS.Timeout | undefined;
  #last = 0;
  #isClosed = false;

  constructor(options: Required<CheckerOptions>) {
    this.#options = options;
  }

  /** Sends an order, and waits for the answer of this kind. */
  async ask<K extends AnswerKind>(kind: K, order: Unnumbered<CheckOrder>): Promise<Extract<CheckReport, { kind: K }>> {
    this.#mustTake(order.kind !== 'ahead');
    const report = await new Promise<CheckReport>((resolve, reject) => {
      this.#worker ??= this.#start();
      this.#last += 1;
      this.#waiting.set(this.#last, { isDocument: order.kind !== 'ahead', resolve, reject });
      if (this.#waiting.size === 1) this.#watch();
      this.#worker.postMessage({ id: this.#last, ...order } satisfies CheckOrder);
    });
    if (report.kind === 'fault') throw new Fault(report.code, report.message);
    if (report.kind === 'bug') throw new Error(report.message);
    if (report.kind !== kind) throw new Error(`the answer to ${kind} is that of ${report.kind}`);
    return report as Extract<CheckReport, { kind: K }>;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#worker;
    this.#worker = null;
    this.#failAll('the hub is shutting down');
    await opened?.terminate();
  }

  /** @throws Fault command/draining, document/busy. */
  #mustTake(isDocument: boolean): void {
    if (this.#isClosed) throw new Fault('command/draining', 'the hub is shutting down');
    const ahead = [...this.#waiting.values()].filter((one) => one.isDocument === isDocument).length;
    if (ahead >= (isDocument ? this.#options.maxWaiting : maxAhead))
      throw new Fault('document/busy', `${ahead} wait for the thread that reads documents; send it again in a moment`);
  }

  #start(): Worker {
    const opened = new Worker(new URL(`./check-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData: { siteText: this.#options.siteText } satisfies CheckWorkerData,
      ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    opened.unref();
    opened.on('message', (report: CheckReport) => {
      const one = this.#waiting.get(report.id);
      this.#waiting.delete(report.id);
      this.#watch();
      one?.resolve(report);
    });
    // It ends when a document takes more memory than it may have: anyone who waits gets an error, and the next one starts another.
    opened.on('error', () => undefined);
    opened.on('exit', () => {
      if (this.#worker !== opened) return;
      this.#worker = null;
      this.#failAll('a document needs more memory to check than is allowed');
    });
    return opened;
  }

  /** Each has its own time, from when the one before it was done. */
  #watch(): void {
    clearTimeout(this.#deadline);
    if (this.#waiting.size === 0) return;
    const { withinMs } = this.#options;
    this.#deadline = setTimeout(() => {
      void this.#worker?.terminate();
      this.#worker = null;
      this.#failAll(`a document took longer than ${withinMs / 1000} s to check; send a smaller one`);
    }, withinMs);
    this.#deadline.unref();
  }

  #failAll(message: string): void {
    clearTimeout(this.#deadline);
    for (const { reject } of this.#waiting.values()) reject(new Fault('document/busy', message));
    this.#waiting.clear();
  }
}
