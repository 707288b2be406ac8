import { runRequestQueue, type RequestHub, type RequestQueue, type RequestsStatus } from '@phloem/bridge';
import { openSession, openTableQueue } from '@phloem/bridge-sql';
import { toBridgeNode, type AutomationCode } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import type { QueueBridgeDocument, TableQueueBridgeDocument } from '@phloem/rules';
import { NEVER } from 'rxjs';
import { toQueueLine } from '../bridge/bridge-lines.ts';
import { isTableQueueBridge, toAddress, toOrigin } from './bridge-target.ts';
import { toValueWords } from './requests-bridge.ts';
import { defaultPoll, followAutomation, toMs, type InboundStatus, type RunningInbound } from './inbound.ts';

/** How old a request may become that does not say so itself. */
const defaultMaxAge = '5s';

type AnyQueue = QueueBridgeDocument | TableQueueBridgeDocument;

const toOpenTableQueue = (
  { metadata, spec: { origin, requests } }: TableQueueBridgeDocument,
  data: string,
): (() => Promise<RequestQueue>) => {
  const { table, id, device, names, value, values, op, reason, created, outcome, alive, poll } = requests;
  const mapping = {
    table,
    id,
    device,
    value,
    values: toValueWords(values),
    created: { column: created.column, zone: created.zone ?? 'UTC' },
    alive: { table: alive.table, column: alive.column, zone: alive.zone ?? 'UTC' },
    outcome,
    ...(names !== undefined && { names }),
    ...(op !== undefined && { op }),
    ...(reason !== undefined && { reason }),
  };
  const engine = origin.kind;
  const database = toOrigin(origin, data);
  const pollMs = Math.max(1, toMs(poll ?? defaultPoll[engine]));
  const open = () => openSession(database, 'write', `phloem bridge ${metadata.id}`);
  return () => openTableQueue({ engine, mapping, openSession: open, pollMs, clock: monotonicClock });
};

const toOpenQueue = (document: AnyQueue, data: string): (() => Promise<RequestQueue>) => {
  if (isTableQueueBridge(document)) return toOpenTableQueue(document, data);
  const { origin, requests } = document.spec;
  const address = toAddress(origin, data);
  const consumer = toBridgeNode(document.metadata.id);
  const { prefix } = requests;
  switch (origin.kind) {
    case 'redis':
      return async () => (await import('@phloem/bridge-redis')).openRedisRequests({ ...address, prefix, consumer });
    case 'rabbitmq': {
      // Counted over all connections: a number that comes again would be no new sign of life.
      const beats = { count: 0, at: 0 };
      return async () => (await import('@phloem/bridge-rabbitmq')).openRabbitmqRequests({ ...address, prefix, beats });
    }
    default:
      return origin.kind satisfies never;
  }
};

const toStatus = (status: RequestsStatus, document: AnyQueue, automation: AutomationCode | null): InboundStatus => {
  const { phase, error, counters } = status;
  const { requests, stale, unreadable, failures } = counters;
  return {
    phase,
    error,
    automation,
    line: toQueueLine(status, document.spec.requests.alive.within),
    counters: { records: requests, batches: requests, gaps: stale + unreadable, epochs: 0, failures },
  };
};

/** Starts to take requests from the queue of a document. */
export const startQueue = (document: AnyQueue, data: string, hub: RequestHub): RunningInbound => {
  const { alive, maxAge = defaultMaxAge } = document.spec.requests;
  const bridge = runRequestQueue({
    openQueue: toOpenQueue(document, data),
    hub,
    aliveWithinMs: toMs(alive.within),
    maxAgeMs: toMs(maxAge),
    clock: monotonicClock,
    random: Math.random,
  });
  return {
    status$: followAutomation(bridge.status$, (status, automation) => toStatus(status, document, automation)),
    ended$: NEVER,
    close: () => bridge.close(),
  };
};

/** What the queue of a document holds at the moment, in lines. */
export const checkQueue = async (document: AnyQueue, data: string): Promise<readonly string[]> => {
  const { origin, requests } = document.spec;
  const queue = await toOpenQueue(document, data)();
  try {
    const { text } = await queue.life();
    const life = text === null ? 'the program shows no sign of life' : 'the program shows a sign of life';
    return [
      `${document.metadata.id}: ${origin.kind} accepts the queue of ${'prefix' in requests ? requests.prefix : requests.table}; ${life}`,
    ];
  } finally {
    await queue.close();
  }
};
