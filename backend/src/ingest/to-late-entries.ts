import { reasonOf, type EntryDraft } from '@phloem/protocol';
import { toCorrectedReading, type PointRecords } from '../field/readings/correct-reading.ts';
import type { MeasuredValues, SentPoint } from './sort-readings.ts';

/** What came too late as entries for the history, one for each cluster and moment, corrected as the points are calibrated now. */
export const toLateEntries = (
  late: readonly MeasuredValues[],
  points: ReadonlyMap<string, SentPoint>,
  { records, isDemonstration }: { readonly records: PointRecords; readonly isDemonstration: boolean },
): readonly Extract<EntryDraft, { kind: 'late' }>[] =>
  late.flatMap(({ at, values }) => {
    const told = [...values].flatMap(([id, { value, why = reasonOf('reading/source-has-none') }]) => {
      const point = points.get(id);
      if (point === undefined) return [];
      const reading =
        value === null ? { v: null, q: 'bad' as const, why } : toCorrectedReading(point, value, records.correct(id), isDemonstration);
      return [{ point, reading }];
    });
    const clusters = Map.groupBy(told, ({ point }) => `${point.location}/${point.cluster}`);
    return [...clusters.values()].flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const { location, cluster } = first.point;
      const readings = Object.fromEntries(members.map(({ point, reading }) => [point.measurement, reading]));
      return [{ kind: 'late' as const, location, cluster, measured: at, readings }];
    });
  });
