import type { Logger } from 'pino';
import type { Metrics } from '../../http/io/metrics.ts';
import type { Refusal } from '../../http/io/refusals.ts';
import { createBuckets } from '../../sessions/token-bucket.ts';

/** Refused requests of one address that are written down; the others are counted alone. */
const reportedRefusals = { perSecond: 1, burst: 20 } as const;
const securityStatus: readonly number[] = [401, 403, 429];

/** Counts every refused request, and writes down those that somebody should see. */
export const createRefusalLog = (log: Pick<Logger, 'info' | 'warn'>, metrics: Metrics, clock: { up(): number }) => {
  const mayReport = createBuckets(reportedRefusals);
  return (refusal: Refusal): void => {
    metrics.countRefusal(refusal);
    if (!mayReport(refusal.address, clock.up())) return;
    if (securityStatus.includes(refusal.status)) log.warn(refusal, 'refused a request');
    else if (refusal.method !== 'GET') log.info(refusal, 'refused a request');
  };
};
