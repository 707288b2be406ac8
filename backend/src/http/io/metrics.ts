import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { SessionNotice } from '../../sessions/hub-sessions.ts';
import type { Refusal } from './refusals.ts';

/** What the hub counts for Prometheus; `watchHub` adds what is read when somebody asks. */
export const createMetrics = () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const refused = new Counter({
    name: 'phloem_refused_total',
    help: 'Greetings and messages that were refused, by code',
    labelNames: ['code'],
    registers,
  });
  const refusedRequests = new Counter({
    name: 'phloem_http_refused_total',
    help: 'Requests over HTTP that were refused, by code',
    labelNames: ['code'],
    registers,
  });
  const bugs = new Counter({ name: 'phloem_bugs_total', help: 'Internal errors', registers });

  return {
    registry,
    count: (notice: SessionNotice): void => {
      if (notice.kind === 'refused') refused.inc({ code: notice.code });
      if (notice.kind === 'bug') bugs.inc();
    },
    countRefusal: ({ code }: Refusal): void => refusedRequests.inc({ code }),
  };
};
export type Metrics = ReturnType<typeof createMetrics>;
