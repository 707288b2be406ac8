/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';
import type { BacktestReport, BacktestRunner } from '../backtest-service.ts';
import type { BacktestFiles } from './open-backtest-log.ts';
import type { BacktestWorkerData, NumberedOrder, NumberedReport } from './backtest-messages.ts';

const isSource = import.meta.url.endsWith('.ts');

/** Runs back-tests in a thread of its own, which starts with the first one. `onBug` is called with an error that is no fault. */
export const openBacktestRunner = ({
  onBug,
  ...files
}: BacktestFiles & {
  readonly onBug: (text: string) => void;
}): BacktestRunner & { readonly close: () => Promise<void> } => {
  const thread = new BacktestThread(files, onBug);
  return {
    run: (order, report) => thread.run(order, report),
    cancel: () => thread.cancel(),
    close: () => thread.close(),
  };
};

class BacktestThread {
  readonly #files: BacktestFiles;
  readonly #onBug: (text: string) => void;
  /** Orders up to this number are cancelled. */
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | null = null;
  #id = 0;
  #report: ((report: BacktestReport) => void) | null = null;

  constructor(files: BacktestFiles, onBug: (text: string) => void) {
    this.#files = files;
    this.#onBug = onBug;
  }

  run(order: NumberedOrder['order'], report: (report: BacktestReport) => void): void {
    this.#id += 1;
    this.#report = report;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id: this.#id, order } satisfies NumberedOrder);
  }

  cancel(): void {
    this.#report = null;
    Atomics.store(this.#cancelled, 0, this.#id);
  }

  async close(): Promise<void> {
    this.#report = null;
    const opened = this.#worker;
    this.#worker = null;
    await opened?.terminate();
  }

  #start(): Worker {
    const opened = new Worker(new URL(`./backtest-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData: { ...this.#files, cancelled: this.#cancelled.buffer } satisfies BacktestWorkerData,
      ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
      resourceLimits: { maxOldGenerationSizeMb: 768 },
    });
    opened.unref();
    opened.on('message', ({ id, report }: NumberedReport) => {
      if (report.kind === 'failed' && report.code === null) this.#onBug(report.message);
      if (id === this.#id && report.kind !== 'cancelled') this.#report?.(report);
    });
    // It ends when a replay takes more memory than it may have. The next back-test starts another.
    opened.on('error', () => undefined);
    opened.on('exit', () => {
      if (this.#worker !== opened) return;
      this.#worker = null;
      const message = 'the replay needs more memory than it may have: choose a shorter period';
      this.#report?.({ kind: 'failed', code: 'backtest/invalid', message });
    });
    return opened;
  }
}
