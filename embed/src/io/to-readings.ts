import { toPointId, type Entry } from '@phloem/protocol';
import type { PointReading } from './phloem.ts';

/** The readings of an entry, each with its point. */
export const toReadings = (entry: Entry): readonly PointReading[] =>
  entry.kind !== 'sensor'
    ? []
    : Object.entries(entry.readings).map(([measurement, reading]) => ({
        ...reading,
        point: toPointId(entry.location, entry.cluster, measurement),
        lsn: entry.lsn,
        at: entry.at,
      }));
