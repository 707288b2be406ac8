import type { RuleTestCase } from '../documents/rule-test.ts';
import { parseSeries, type Sample } from './series.ts';

/** By location and cluster, the samples of each measurement, one for each step of a test. */
export type Clusters = ReadonlyMap<string, readonly { readonly measurement: string; readonly samples: readonly Sample[] }[]>;

/** Reads the series of a test. A contact may be written as 0 and 1, as registers have it: `isBoolean` names those points. */
export const toClusters = (series: RuleTestCase['series'], isBoolean: ReadonlySet<string>): Clusters => {
  const clusters = new Map<string, { measurement: string; samples: readonly Sample[] }[]>();
  for (const [point, written] of Object.entries(series)) {
    const [location = '', cluster = '', measurement = ''] = point.split('/');
    const key = `${location}/${cluster}`;
    const samples = parseSeries(written).map((sample) => (typeof sample === 'number' && isBoolean.has(point) ? sample !== 0 : sample));
    clusters.set(key, [...(clusters.get(key) ?? []), { measurement, samples }]);
  }
  return clusters;
};

/** The sensor entries of one step. */
export const toFrames = (clusters: Clusters, index: number): readonly Record<string, unknown>[] =>
  [...clusters].flatMap(([key, measurements]) => {
    const [location = '', cluster = ''] = key.split('/');
    const readings: Record<string, unknown> = {};
    for (const { measurement, samples } of measurements) {
      const sample = samples[index] ?? 'none';
      if (sample === 'stale') readings[measurement] = { v: null, q: 'stale', why: 'overdue' };
      else if (sample !== 'none') readings[measurement] = { v: sample, q: 'good' };
    }
    return Object.keys(readings).length === 0 ? [] : [{ kind: 'sensor', location, cluster, readings }];
  });

/** The instant that an ISO 8601 text with an offset names, in ms since 1970. The schema has let the text in. */
export const parseInstant = (written: string): number => {
  const [, y, mo, d, h, mi, s = '0', zone = 'Z'] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)(?::(\d+))?(.*)$/.exec(written) ?? [];
  const days = daysFromCivil(Number(y), Number(mo), Number(d));
  const [, sign = '+', zh = '0', zm = '0'] = /^([+-])(\d+):(\d+)$/.exec(zone) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(zh) * 60 + Number(zm));
  return ((days * 24 + Number(h)) * 60 + Number(mi) - offset) * 60_000 + Number(s) * 1000;
};

/** Days since 1970-01-01 of a date of the Gregorian calendar. Source: H. Hinnant, chrono-compatible date algorithms. */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
};
