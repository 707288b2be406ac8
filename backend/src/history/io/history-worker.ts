/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { isFault } from '@phloem/protocol';
import { toLogAnswerBytes } from '../../log/log-answer.ts';
import type { LogSource } from '../../log/log-source.ts';
import { spaceLimits } from '../../store/disk-space.ts';
import { openDataSpace } from '../../store/io/open-data-space.ts';
import { openLogReader } from '../../store/io/log-reader.ts';
import { toStoreFault } from '../../store/io/sqlite-fault.ts';
import { toCsvPage } from '../export-csv.ts';
import { HistoryService } from '../history-service.ts';
import { setHistoryAside } from './history-files.ts';
import { openSqliteHistory } from './sqlite-history.ts';
import type { HistoryOrder, HistoryReport, HistoryWorkerData } from './history-messages.ts';

const { path, log, limits } = workerData as HistoryWorkerData;
const space = openDataSpace(dirname(path));
const say = (report: HistoryReport, hand: ArrayBuffer[] = []): void => parentPort?.postMessage(report, hand);

const service = new HistoryService({
  open: (samples) => openSqliteHistory(path, samples),
  openLog: () => openLogReader(log),
  setAside: (as) => setHistoryAside(path, as),
  toFault: (error) => toStoreFault(error, path),
  limits,
  hasRoom: () => space.free() >= spaceLimits.full,
  now: Date.now,
  tell: (notice) => say({ kind: 'notice', notice }),
});

// One thing at a time: a slice of the log, or an answer.
let queue: Promise<unknown> = Promise.resolve();
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  const done = queue.then(work);
  queue = done.catch(() => undefined);
  return done;
};

let isEnding = false;
let timer: NodeJS.Timeout | undefined;
const work = async (): Promise<void> => {
  const pauseMs = await inTurn(() => service.tick());
  if (isEnding) return;
  if (pauseMs === 0) setImmediate(() => void work());
  else timer = setTimeout(() => void work(), pauseMs);
};

let openedLog: LogSource | null = null;
const answer = async (order: Extract<HistoryOrder, { kind: 'ask' }>): Promise<unknown> => {
  if (order.call === 'log') return toLogAnswerBytes((openedLog ??= openLogReader(log)), order.query);
  if (order.call !== 'csv') return service.ask(order.call, order.query);
  return toCsvPage({ samples: (query) => service.ask('samples', query) }, order.query);
};

parentPort?.on('message', (order: HistoryOrder) => {
  if (order.kind === 'end') {
    isEnding = true;
    clearTimeout(timer);
    openedLog?.close();
    void inTurn(() => service.close()).finally(() => parentPort?.close());
    return;
  }
  const { id } = order;
  inTurn(() => answer(order)).then(
    (result) =>
      say({ kind: 'answer', id, result }, result instanceof Uint8Array && result.buffer instanceof ArrayBuffer ? [result.buffer] : []),
    (error: unknown) => say({ kind: 'failure', id, message: isFault(error) ? error.message : String(error) }),
  );
});

void work();
