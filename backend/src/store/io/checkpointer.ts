import { Worker } from 'node:worker_threads';
import { askThread } from './ask-thread.ts';

/** What a checkpoint came to: pages in the write-ahead log, and how many of them are in the database now. */
export type CheckpointResult = { readonly pages: number; readonly moved: number };

/** Moves the write-ahead log into the database, away from the hub's thread. */
export type Checkpointer = {
  /** Asks for a checkpoint; nothing happens while one is under way. */
  start(): void;
  close(): void;
};

/**
 * Makes a checkpointer for a database. Its thread begins with the first checkpoint, and does not keep the process up.
 * `done` receives what came of each; null when the thread has failed.
 */
export function createCheckpointer(path: string, done: (result: CheckpointResult | null) => void): Checkpointer {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = askThread<CheckpointResult>({
    open: () => new Worker(new URL(`./checkpoint-worker.${extension}`, import.meta.url), { workerData: path }),
    question: 'checkpoint',
    answered: done,
    failed: () => done(null),
  });
  return { start: () => thread.ask(), close: () => thread.end() };
}
