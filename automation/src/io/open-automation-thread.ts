/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { once } from 'node:events';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { Fault, isFault } from '@phloem/protocol';
import type { Automation, OpenAutomationOptions } from './open-automation.ts';
import type { AutomationThreadData, ThreadOrder, ThreadReport } from './thread-messages.ts';

export type OpenAutomationThreadOptions = Omit<OpenAutomationOptions, 'transport' | 'clock' | 'random' | 'decorate'> & {
  /** The thread's end of the link to the hub. The thread owns it from now on. */
  readonly link: MessagePort;
};

const endWithinMs = 4000;
const isSource = import.meta.url.endsWith('.ts');

/**
 * Opens an automation service in a thread of its own, so that neither its decisions nor its checkpoints take time from the thread of
 * the hub.
 *
 * @throws Fault `store/unwritable` when the folder of checkpoints cannot be written.
 */
export const openAutomationThread = async (options: OpenAutomationThreadOptions): Promise<Automation> => {
  const { link, nodeId, token, scope, folder, isTracing = false, onReady } = options;
  const { port1: calls, port2 } = new MessageChannel();
  const workerData: AutomationThreadData = { link, calls: port2, nodeId, token, scope, folder, isTracing };
  const worker = new Worker(new URL(`./automation-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    workerData,
    transferList: [link, port2],
    // The flags of the host, such as those of a program given as text, are not for a file.
    execArgv: isSource ? ['--conditions=phloem-src'] : [],
  });
  const exited = once(worker, 'exit');
  // The end of a thread that failed is reported below.
  exited.catch(() => undefined);
  let hasEnded = false;
  const end = (how: Parameters<typeof options.onEnded>[0]): void => {
    if (hasEnded) return;
    hasEnded = true;
    options.onEnded(how);
  };
  const opened = Promise.withResolvers<void>();
  const take = (report: ThreadReport): void => {
    switch (report.kind) {
      case 'ask':
        return void answer(report, calls, options);
      case 'log':
        return options.log[report.level](report.fields, report.text);
      case 'unusable':
        return opened.reject(new Fault(report.code, report.message));
      case 'open':
        return opened.resolve();
      case 'ready':
        return onReady();
      case 'refused':
      case 'crashed':
        return end(report);
      case 'stopped':
        hasEnded = true;
        return;
      default:
        report satisfies never;
    }
  };
  calls.on('message', take);
  worker.on('error', (error) => {
    opened.reject(error);
    end({ kind: 'crashed', error });
  });
  worker.on('exit', () => {
    calls.close();
    end({ kind: 'crashed', error: new Error('the thread of the automation service has ended') });
  });
  try {
    await opened.promise;
  } catch (error) {
    hasEnded = true;
    await worker.terminate();
    throw error;
  }
  return {
    stop: async () => {
      hasEnded = true;
      calls.postMessage({ kind: 'stop' } satisfies ThreadOrder);
      const deadline = setTimeout(() => void worker.terminate(), endWithinMs);
      // A thread that failed has ended too; its failure is reported where it happens.
      await exited.catch(() => undefined);
      clearTimeout(deadline);
    },
  };
};

/** Asks the hub for the thread: credentials and files of the hub's process stay on this side. */
const answer = async (
  { n, path, init }: Extract<ThreadReport, { kind: 'ask' }>,
  calls: MessagePort,
  { ask, log }: OpenAutomationThreadOptions,
): Promise<void> => {
  try {
    const text = await ask(path, init);
    calls.postMessage({ kind: 'answer', n, text } satisfies ThreadOrder);
  } catch (error) {
    if (!isFault(error)) log.error({ err: error }, 'the hub could not be asked');
    const { code, message } = isFault(error) ? error : new Fault('net/unreachable', 'the hub could not be asked', { cause: error });
    calls.postMessage({ kind: 'fault', n, code, message } satisfies ThreadOrder);
  }
};
