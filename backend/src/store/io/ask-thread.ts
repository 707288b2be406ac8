/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import type { Worker } from 'node:worker_threads';

/** A thread that does one thing at a time. */
export type AskedThread = {
  /** Asks for the next; nothing happens while one is under way. */
  ask(): void;
  /** Lets the thread end; the next question opens another. */
  end(): void;
};

export type AskedThreadOptions<Answer> = {
  /** Opens the thread, at the first question and after each end of it. It does not keep the process up. */
  readonly open: () => Worker;
  readonly question: string;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
};

/** Makes a thread that answers each question with one message, and ends when it is sent `end`. */
export function askThread<Answer>({ open, question, answered, failed }: AskedThreadOptions<Answer>): AskedThread {
  let worker: Worker | null = null;
  let isBusy = false;
  const openNext = (): Worker => {
    const opened = open();
    opened.unref();
    opened.on('message', (answer: Answer) => {
      isBusy = false;
      answered(answer);
    });
    opened.on('error', (error) => {
      if (worker !== opened) return;
      worker = null;
      isBusy = false;
      failed(error);
    });
    return opened;
  };
  return {
    ask: () => {
      if (isBusy) return;
      isBusy = true;
      worker ??= openNext();
      worker.postMessage(question);
    },
    end: () => {
      worker?.postMessage('end');
      worker = null;
      isBusy = false;
    },
  };
}
