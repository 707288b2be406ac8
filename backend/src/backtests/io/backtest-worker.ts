/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isFault } from '@phloem/protocol';
import { runOrder } from '../run-order.ts';
import type { BacktestWorkerData, NumberedOrder, NumberedReport } from './backtest-messages.ts';
import { openBacktestLog } from './open-backtest-log.ts';

/* The thread that replays the log for back-tests: nothing of it keeps the hub's own thread waiting. */

const { store, history, cancelled } = workerData as BacktestWorkerData;
const cancelledId = new Int32Array(cancelled);
/** Partial results are large: no more than so often. */
const partialEveryMs = 1000;

if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const run = ({ id, order }: NumberedOrder): NumberedReport['report'] => {
  const began = performance.now();
  try {
    using log = openBacktestLog({ store, history });
    const running = runOrder(log, order);
    let partialAt = began;
    for (;;) {
      const step = running.next();
      if (step.done === true) return { kind: 'done', result: step.value, elapsedMs: Math.round(performance.now() - began) };
      if (Atomics.load(cancelledId, 0) >= id) return { kind: 'cancelled' };
      const isDue = performance.now() >= partialAt + partialEveryMs;
      if (isDue) partialAt = performance.now();
      const { share, partial } = step.value;
      post({ id, report: { kind: 'progress', progress: share, partial: isDue ? partial() : null } });
    }
  } catch (error) {
    return isFault(error)
      ? { kind: 'failed', code: error.code, message: error.message }
      : { kind: 'failed', code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

const post = (report: NumberedReport): void => parentPort?.postMessage(report);

parentPort?.on('message', (order: NumberedOrder) => post({ id: order.id, report: run(order) }));
