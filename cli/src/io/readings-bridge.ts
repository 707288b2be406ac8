import { openSession, runReadings, type ReadingsMapping, type ReadingsStatus } from '@phloem/bridge-sql';
import { monotonicClock, openSender } from '@phloem/reconnect';
import type { SourceBridgeDocument } from '@phloem/rules';
import { map } from 'rxjs';
import { toOrigin } from './bridge-target.ts';
import { defaultPoll, followHubClock, toEnd, toMs, type InboundStatus, type OpenBridgeLink, type RunningInbound } from './inbound.ts';

const toLine = ({ phase, error }: ReadingsStatus): string => {
  if (error !== null) return `not reading: ${error.message}; trying again`;
  return phase === 'flowing' ? 'reading' : 'connecting';
};

/** The readings of other programs have neither gaps nor epochs; ids that were given up are what comes closest to a gap. */
const toStatus = (status: ReadingsStatus): InboundStatus => {
  const { phase, error, counters } = status;
  const { rows, live, late, skipped, failures } = counters;
  const reported = { records: rows, batches: live + late, gaps: skipped, epochs: 0, failures };
  return { phase, error, line: toLine(status), automation: null, counters: reported };
};

/** The mapping of a document that reads readings. */
export const toReadingsMapping = ({ spec: { readings } }: SourceBridgeDocument): ReadingsMapping => {
  const { table, id, time, points, names } = readings;
  return {
    table,
    id,
    points,
    ...(time === undefined ? {} : { time: { column: time.column, zone: time.zone ?? 'UTC' } }),
    ...(names === undefined ? {} : { names }),
  };
};

/** Starts to read the table of a document. */
export const startReadings = (document: SourceBridgeDocument, data: string, open: OpenBridgeLink): RunningInbound => {
  const { origin, readings } = document.spec;
  const link = open({ role: 'ingest', subscriptions: [] });
  const database = toOrigin(origin, data);
  const reader = runReadings({
    engine: origin.kind,
    mapping: toReadingsMapping(document),
    from: readings.from ?? 'head',
    holesMs: toMs(readings.holes ?? '10min'),
    pollMs: Math.max(1, toMs(readings.poll ?? defaultPoll[origin.kind])),
    openSession: () => openSession(database, 'read', `phloem bridge ${document.metadata.id}`),
    sender: openSender({ link, clock: monotonicClock, source: readings.source }),
    clock: monotonicClock,
    random: Math.random,
    hubNow: followHubClock(link),
  });
  return {
    status$: reader.status$.pipe(map(toStatus)),
    ended$: toEnd(link),
    close: async () => {
      await reader.close();
      await link.close();
    },
  };
};
