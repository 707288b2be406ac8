/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '@phloem/protocol';
import type { LogQuery } from '../../log/log-answer.ts';
import type { HistoryClient, HistoryLimits } from '../history.ts';
import type { HistoryNotice } from '../history-service.ts';
import type { HistoryOrder, HistoryReport, HistoryWorkerData } from './history-messages.ts';

/** A history in a thread of its own; `close` ends the thread, which closes both databases. */
export type HistoryThread = HistoryClient & {
  /** A long stretch of the log as the bytes of its answer: the thread that looks back reads it beside the hub. */
  readLog(query: LogQuery): Promise<Uint8Array>;
  close(): Promise<void>;
};

export type HistoryThreadOptions = {
  /** The file of the history, `…/history.db`. */
  readonly path: string;
  /** The file of the log, `…/hub.db`, which the hub has open. */
  readonly log: string;
  readonly limits?: HistoryLimits;
  readonly notice: (notice: HistoryNotice) => void;
};

const day = 86_400_000;
/** As long as the log for every sample, half a year for minutes, ten years for hours, 8 GiB in all. */
export const historyLimits: HistoryLimits = { rawMs: 35 * day, minuteMs: 183 * day, hourMs: 3653 * day, maxBytes: 8 * 1024 ** 3 };

const restartAfterMs = 5000;
const endWithinMs = 2000;
const isSource = import.meta.url.endsWith('.ts');

type Asked = { readonly resolve: (result: unknown) => void; readonly reject: (fault: Fault) => void };

/** Starts the thread that follows the log and answers. Should it end, another one is started a little later. */
export function openHistory({ path, log, limits = historyLimits, notice }: HistoryThreadOptions): HistoryThread {
  const asked = new Map<number, Asked>();
  let worker: Worker | null = null;
  let restart: NodeJS.Timeout | undefined;
  let isClosing = false;
  let last = 0;

  const fail = (message: string): void => {
    for (const { reject } of asked.values()) reject(new Fault('history/unavailable', message));
    asked.clear();
  };

  const start = (): void => {
    const opened = startWorker({ path, log, limits });
    worker = opened;
    opened.unref();
    opened.on('message', (report: HistoryReport) => {
      if (report.kind === 'notice') {
        notice(report.notice);
        return;
      }
      const one = asked.get(report.id);
      asked.delete(report.id);
      if (report.kind === 'answer') one?.resolve(report.result);
      else one?.reject(new Fault('history/unavailable', report.message));
    });
    opened.on('error', (error) => notice({ kind: 'note', level: 'error', text: `the history's thread failed: ${String(error)}` }));
    opened.on('exit', () => {
      worker = null;
      fail('the history is being started again');
      if (isClosing) return;
      restart = setTimeout(start, restartAfterMs);
      restart.unref();
    });
  };
  start();

  const ask = async (call: string, query: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (worker === null || isClosing) {
        reject(new Fault('history/unavailable', 'the history is being started again'));
        return;
      }
      last += 1;
      asked.set(last, { resolve, reject });
      worker.postMessage({ kind: 'ask', id: last, call, query });
    });

  return {
    pointHistory: (query) => ask('pointHistory', query) as never,
    samples: (query) => ask('samples', query) as never,
    timeline: (query) => ask('timeline', query) as never,
    marks: (query) => ask('marks', query) as never,
    importPast: (past) => ask('importPast', past) as never,
    simulatedReach: () => ask('simulatedReach', undefined) as never,
    csv: (query) => ask('csv', query) as never,
    readLog: (query) => ask('log', query) as never,
    close: async () => {
      isClosing = true;
      clearTimeout(restart);
      const ending = worker;
      if (ending === null) return;
      const gone = once(ending, 'exit');
      ending.postMessage({ kind: 'end' } satisfies HistoryOrder);
      const deadline = setTimeout(() => void ending.terminate(), endWithinMs);
      await gone;
      clearTimeout(deadline);
    },
  };
}

const startWorker = (workerData: HistoryWorkerData): Worker =>
  new Worker(new URL(`./history-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    workerData,
    ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
