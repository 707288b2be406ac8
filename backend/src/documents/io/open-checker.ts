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
type Waiting = { readonly isDocument: boolean; readonly resolve: (report: CheckReport) => void; readonly reject: (fault: Fault) => void };

/** Opens the thread when something is to be read for the first time. `close` ends it. */
export const openChecker = (options: CheckerOptions): Checker => {
  const { siteText, maxWaiting, withinMs } = { ...usually, ...options };
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let deadline: NodeJS.Timeout | undefined;
  let last = 0;
  let isClosed = false;

  const failAll = (message: string): void => {
    clearTimeout(deadline);
    for (const { reject } of waiting.values()) reject(new Fault('document/busy', message));
    waiting.clear();
  };
  /** Each has its own time, from when the one before it was done. */
  const watch = (): void => {
    clearTimeout(deadline);
    if (waiting.size === 0) return;
    deadline = setTimeout(() => {
      void worker?.terminate();
      worker = null;
      failAll(`a document took longer than ${withinMs / 1000} s to check; send a smaller one`);
    }, withinMs);
    deadline.unref();
  };

  const start = (): Worker => {
    const opened = new Worker(new URL(`./check-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData: { siteText } satisfies CheckWorkerData,
      ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    opened.unref();
    opened.on('message', (report: CheckReport) => {
      const one = waiting.get(report.id);
      waiting.delete(report.id);
      watch();
      one?.resolve(report);
    });
    // It ends when a document takes more memory than it may have: anyone who waits gets an error, and the next one starts another.
    opened.on('error', () => undefined);
    opened.on('exit', () => {
      if (worker !== opened) return;
      worker = null;
      failAll('a document needs more memory to check than is allowed');
    });
    return opened;
  };

  const ask = async (order: Unnumbered<CheckOrder>): Promise<CheckReport> => {
    const isDocument = order.kind !== 'ahead';
    const ahead = [...waiting.values()].filter((one) => one.isDocument === isDocument).length;
    if (isClosed) throw new Fault('command/draining', 'the hub is shutting down');
    if (ahead >= (isDocument ? maxWaiting : maxAhead))
      throw new Fault('document/busy', `${ahead} wait for the thread that reads documents; send it again in a moment`);
    const report = await new Promise<CheckReport>((resolve, reject) => {
      worker ??= start();
      last += 1;
      waiting.set(last, { isDocument, resolve, reject });
      if (waiting.size === 1) watch();
      worker.postMessage({ id: last, ...order } satisfies CheckOrder);
    });
    if (report.kind === 'fault') throw new Fault(report.code, report.message);
    if (report.kind === 'bug') throw new Error(report.message);
    return report;
  };

  return {
    bundle: async (bytes) => {
      const report = await ask({ kind: 'bundle', bytes });
      if (report.kind !== 'bundle') throw new Error('the answer is not that of a bundle');
      return report.result;
    },
    handover: async (bytes) => {
      const report = await ask({ kind: 'checkpoint', bytes });
      if (report.kind !== 'checkpoint') throw new Error('the answer is not that of a checkpoint');
      return report.result;
    },
    ahead: async (hash, text, asked) => {
      const report = await ask({ kind: 'ahead', hash, text, ask: asked });
      if (report.kind !== 'ahead') throw new Error('the answer is not that of a forecast');
      return report.result;
    },
    close: async () => {
      isClosed = true;
      const opened = worker;
      worker = null;
      failAll('the hub is shutting down');
      await opened?.terminate();
    },
  };
};
