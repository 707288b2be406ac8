import { MessageChannel } from 'node:worker_threads';
import {
  openAutomation,
  openAutomationThread,
  readAnswer,
  type AskHub,
  type Automation,
  type AutomationDecorators,
  type AutomationEnd,
} from '@phloem/automation/open';
import { createLinkedHubTransport, createLinkedPair, type OpenHub } from '@phloem/backend/open';
import { Fault, type NodeId, type ScopeId } from '@phloem/protocol';
import { openPortEnd } from '@phloem/reconnect';
import type { SchedulerLike } from 'rxjs';
import type { NodeLinks } from './node-links.ts';
import type { PhloemLog } from './phloem-options.ts';

export type RunAutomationParts = {
  readonly hub: Pick<OpenHub, 'ask'>;
  readonly links: NodeLinks;
  readonly nodeId: NodeId;
  readonly token: string;
  readonly scope: ScopeId | null;
  readonly folder: string;
  readonly where: 'same-thread' | 'worker';
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly log: PhloemLog;
  readonly isTracing: boolean;
  readonly decorate: AutomationDecorators | undefined;
};

/** Pauses before a service that has failed is started again: short at first. */
const pausesMs = [100, 500, 2000, 5000];
/** One that has run for so long is in order: its next failure counts as the first again. */
const healthyMs = 30_000;

/**
 * Keeps an automation service running beside a hub, over a link within the process, and starts it again when it fails. Resolves when the
 * hub has welcomed it.
 *
 * @throws Fault `store/unwritable`; `auth/forbidden` when the hub refuses the node.
 */
export const runAutomation = async (parts: RunAutomationParts): Promise<Automation> => {
  const { log, scheduler } = parts;
  const ready = Promise.withResolvers<void>();
  let isStopping = false;
  let current: Automation | null = null;
  let failures = 0;
  let restart: { unsubscribe(): void } | null = null;

  const open = async (): Promise<void> => {
    const openedAt = scheduler.now();
    const onEnded = (end: AutomationEnd): void => {
      if (isStopping) return;
      if (end.kind === 'refused') {
        ready.reject(new Fault('auth/forbidden', `the hub refused ${parts.nodeId}: ${end.why ?? 'no reason was given'}`));
        log.error({ node: parts.nodeId, why: end.why }, 'the hub ended the session of the automation service for good');
        return;
      }
      if (scheduler.now() - openedAt > healthyMs) failures = 0;
      const pause = pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 5000;
      failures += 1;
      log.error({ err: end.error, pauseMs: pause }, 'the automation service failed; starting it again');
      restart = scheduler.schedule(() => void reopen(), pause);
    };
    current = await openOne(parts, { onReady: () => ready.resolve(), onEnded });
  };
  const reopen = async (): Promise<void> => {
    if (isStopping) return;
    try {
      await open();
    } catch (error) {
      log.error({ err: error }, 'the automation service cannot be started again');
      restart = scheduler.schedule(() => void reopen(), pausesMs.at(-1) ?? 5000);
    }
    // `stop` may have been called while it was opened.
    if (isStopping) await current?.stop();
  };

  const stop = async (): Promise<void> => {
    isStopping = true;
    restart?.unsubscribe();
    await current?.stop();
  };
  await open();
  try {
    await ready.promise;
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
};

type Heard = { readonly onReady: () => void; readonly onEnded: (end: AutomationEnd) => void };

const openOne = async (parts: RunAutomationParts, heard: Heard): Promise<Automation> => {
  const { hub, links, nodeId, token, scope, folder, log, isTracing, scheduler, random, decorate } = parts;
  const ask: AskHub = async (path, init = {}) => readAnswer(path, await hub.ask({ path, token, ...init }));
  const common = { ask, nodeId, token, scope, folder, log, isTracing, ...heard };
  const onError = (error: unknown): void => log.error({ err: error }, 'a link within the process failed');
  if (parts.where === 'worker') {
    const { port1, port2 } = new MessageChannel();
    links.add(createLinkedHubTransport({ end: openPortEnd(port1), onError }));
    const thread = await openAutomationThread({ ...common, link: port2 });
    return {
      stop: async () => {
        await thread.stop();
        port1.close();
      },
    };
  }
  const pair = createLinkedPair({ onError });
  links.add(pair.hub);
  return openAutomation({ ...common, transport: pair.node, clock: scheduler, random, decorate });
};
