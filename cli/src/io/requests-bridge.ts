import { requestSubscriptions, type RequestsStatus } from '@phloem/bridge';
import { openSession, runRequests, toRequestStatements, type RequestsMapping, type SqlSession } from '@phloem/bridge-sql';
import { hashDocument, type AutomationCode } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import type { RequestBridgeDocument } from '@phloem/rules';
import { filter, map } from 'rxjs';
import { toRequestsLine } from '../bridge/bridge-lines.ts';
import { toOrigin } from './bridge-target.ts';
import { defaultPoll, followAutomation, toMs, type InboundStatus, type OpenBridgeLink, type RunningInbound } from './inbound.ts';

const toStatus = (
  status: RequestsStatus,
  alive: RequestBridgeDocument['spec']['requests']['alive'],
  automation: AutomationCode | null,
): InboundStatus => {
  const { phase, error, counters } = status;
  const { requests, stale, failures } = counters;
  return {
    phase,
    error,
    automation,
    line: toRequestsLine(status, alive),
    counters: { records: requests, batches: requests, gaps: stale, epochs: 0, failures },
  };
};

/** What the words of a program mean. */
export const toValueWords = (
  values: RequestBridgeDocument['spec']['requests']['values'] = {},
): Readonly<Record<string, boolean | number>> =>
  Object.fromEntries(Object.entries(values).map(([word, meaning]) => [word, typeof meaning === 'string' ? meaning === 'on' : meaning]));

/** The mapping of a document that takes requests. */
export const toRequestsMapping = ({ spec: { requests } }: RequestBridgeDocument): RequestsMapping => {
  const { table, device, names, value, values, changed, alive } = requests;
  return {
    table,
    device,
    value,
    values: toValueWords(values),
    changed: { column: changed.column, zone: changed.zone ?? 'UTC' },
    alive: { table: alive.table, column: alive.column, zone: alive.zone ?? 'UTC' },
    ...(names === undefined ? {} : { names }),
  };
};

/** Starts to take requests from the table of a document. */
export const startRequests = (document: RequestBridgeDocument, data: string, open: OpenBridgeLink): RunningInbound => {
  const { origin, requests } = document.spec;
  const { scope, answers } = requests;
  const database = toOrigin(origin, data);
  const bridge = runRequests({
    engine: origin.kind,
    mapping: toRequestsMapping(document),
    origin: hashDocument(`bridge ${document.metadata.id}`),
    aliveWithinMs: toMs(requests.alive.within),
    maxAgeMs: requests.maxAge === undefined ? null : toMs(requests.maxAge),
    answers: answers ?? null,
    pollMs: Math.max(1, toMs(requests.poll ?? defaultPoll[origin.kind])),
    openSession: () => openSession(database, answers === undefined ? 'read' : 'write', `phloem bridge ${document.metadata.id}`),
    openLink: () => {
      const { log, devices } = requestSubscriptions;
      const locations = scope.split('+');
      return open({
        role: 'automation',
        lease: { scope },
        subscriptions: [
          { sub: log, mode: 'every', filter: { kinds: ['pulse', 'device'], locations }, cursor: null },
          { sub: devices, mode: 'latest', filter: { kinds: ['device'], locations }, cursor: null },
        ],
      });
    },
    clock: monotonicClock,
    random: Math.random,
  });
  return {
    status$: followAutomation(bridge.status$, (status, automation) => toStatus(status, requests.alive, automation)),
    ended$: bridge.status$.pipe(
      map(({ endedBy }) => endedBy),
      filter((why) => why !== null),
    ),
    close: () => bridge.close(),
  };
};

/** What the tables of a document say at the moment, in lines. */
export const checkRequests = async (document: RequestBridgeDocument, session: SqlSession): Promise<readonly string[]> => {
  const { origin, requests } = document.spec;
  const statements = toRequestStatements(origin.kind, toRequestsMapping(document));
  await session.query(statements.life);
  const rows = await session.query(statements.rows);
  return [
    `${document.metadata.id}: the table ${requests.table} of ${origin.kind} can be read; it asks for ${rows.length} device ${rows.length === 1 ? 'state' : 'states'}`,
  ];
};
