/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';
import type { SealLimits } from './seal-next.ts';
import type { SegmentRow } from './segment-table.ts';

/** Writes segments, away from the hub's thread. */
export type Sealer = {
  /** Asks for the next segment; nothing happens while one is being written. */
  start(): void;
  close(): void;
};

/** Makes a sealer for a database. `done` receives each segment; null when there was none to write, or it could not be written. */
export type CreateSealer = (path: string, limits: SealLimits, done: (segment: SegmentRow | null) => void) => Sealer;

/** The thread lasts as long as there is something to seal: its memory is free in between. */
export const createSealer: CreateSealer = (path, limits, done) => {
  let worker: Worker | null = null;
  let isBusy = false;
  const end = (): void => {
    worker?.postMessage('end');
    worker = null;
    isBusy = false;
  };
  const open = (): Worker => {
    const isSource = import.meta.url.endsWith('.ts');
    const opened = new Worker(new URL(`./seal-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData: { path, limits },
      ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
    });
    opened.unref();
    opened.on('message', (segment: SegmentRow | null) => {
      isBusy = false;
      if (segment === null) end();
      done(segment);
    });
    opened.on('error', (error) => {
      if (worker !== opened) return;
      process.emitWarning(`entries of the log were not sealed and stay as they are: ${String(error)}`);
      worker = null;
      isBusy = false;
      done(null);
    });
    return opened;
  };
  return {
    start: () => {
      if (isBusy) return;
      isBusy = true;
      worker ??= open();
      worker.postMessage('seal');
    },
    close: end,
  };
};
