import { Worker } from 'node:worker_threads';
import { askThread } from '../ask-thread.ts';
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
  const isSource = import.meta.url.endsWith('.ts');
  const thread = askThread<SegmentRow | null>({
    open: () =>
      new Worker(new URL(`./seal-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
        workerData: { path, limits },
        ...(isSource && { execArgv: ['--conditions=phloem-src'] }),
      }),
    question: 'seal',
    answered: (segment) => {
      if (segment === null) thread.end();
      done(segment);
    },
    failed: (error) => {
      process.emitWarning(`entries of the log were not sealed and stay as they are: ${String(error)}`);
      done(null);
    },
  });
  return { start: () => thread.ask(), close: () => thread.end() };
};
