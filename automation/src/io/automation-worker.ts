/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { workerData } from 'node:worker_threads';
import { Fault, isFault } from '@phloem/protocol';
import { createLinkedTransport, openPortEnd } from '@phloem/reconnect';
import type { AskHub } from './ask-hub.ts';
import type { AutomationLog } from './automation-log.ts';
import { openAutomation, type Automation } from './open-automation.ts';
import type { AutomationThreadData, ThreadOrder, ThreadReport } from './thread-messages.ts';

// An automation service in a thread of its own; `open-automation-thread.ts` starts it.

const { link, calls, ...data } = workerData as AutomationThreadData;
const report = (message: ThreadReport): void => calls.postMessage(message);

const asked = new Map<number, { readonly resolve: (text: string) => void; readonly reject: (fault: Fault) => void }>();
let last = 0;
const ask: AskHub = async (path, init) =>
  new Promise((resolve, reject) => {
    last += 1;
    asked.set(last, { resolve, reject });
    report({ kind: 'ask', n: last, path, init });
  });

/** Errors lose what they are on the way to another thread, but for their stack. */
const toCloneable = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? String(value.stack ?? value) : value]));
const write =
  (level: keyof AutomationLog) =>
  (fields: object, text: string): void =>
    report({ kind: 'log', level, fields: toCloneable(fields), text });
const log: AutomationLog = {
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
  fatal: write('fatal'),
};

const stop = async (automation: Automation | null): Promise<void> => {
  try {
    await automation?.stop();
  } catch (error) {
    report({ kind: 'crashed', error });
  }
  report({ kind: 'stopped' });
  calls.close();
  link.close();
};

let automation: Automation | null = null;
calls.on('message', (order: ThreadOrder) => {
  if (order.kind === 'stop') return void stop(automation);
  const one = asked.get(order.n);
  asked.delete(order.n);
  if (order.kind === 'answer') one?.resolve(order.text);
  else one?.reject(new Fault(order.code, order.message));
});

try {
  automation = await openAutomation({
    ...data,
    transport: createLinkedTransport(openPortEnd(link)),
    ask,
    log,
    onReady: () => report({ kind: 'ready' }),
    onEnded: (end) => report(end),
  });
  report({ kind: 'open' });
} catch (error) {
  if (!isFault(error)) throw error;
  report({ kind: 'unusable', code: error.code, message: error.message });
}
