import { saturationVapourPressure, type Entry, type SensorEntry } from '@phloem/protocol';
import { combineLatest, distinctUntilChanged, filter, map, scan, Subject, type Observable } from 'rxjs';
import { measurements, pointOf, ruleCount, thresholdsOf, type Switch } from './bench-rules.ts';

/** A reading, or nothing where it may not be used: the least that a rule over instruments has to know. */
const toUsable = (reading: SensorEntry['readings'][string] | undefined): number | undefined =>
  reading?.q === 'good' && typeof reading.v === 'number' ? reading.v : undefined;

const toDeficit = ([t1, t2, rh1, rh2]: readonly (number | undefined)[]): number | undefined =>
  t1 === undefined || t2 === undefined || rh1 === undefined || rh2 === undefined
    ? undefined
    : saturationVapourPressure(t1 + (t2 - t1) * 0.5) * (1 - (rh1 + rh2) / 200);

/** Holds what it was while it does not know. What the engine does beyond that is left out: ages, giving up, reasons, a state. */
const toRule = (points: readonly Observable<number | undefined>[], rule: number): Observable<boolean> => {
  const { on, off } = thresholdsOf(rule);
  return combineLatest(points).pipe(
    map(toDeficit),
    scan((isOn, vpd) => (vpd === undefined ? isOn : isOn ? !(vpd > off) : vpd < on), false),
    distinctUntilChanged(),
  );
};

/** The same rules as one chain each, on the stream of entries. */
export const runChains = (entries: readonly Entry[]): readonly Switch[] => {
  const switches: Switch[] = [];
  const entry$ = new Subject<Entry>();
  let frame = 0;
  const toPoint = (id: string): Observable<number | undefined> => {
    const [location, cluster, measurement = ''] = id.split('/');
    return entry$.pipe(
      filter((entry): entry is SensorEntry => entry.kind === 'sensor' && entry.location === location && entry.cluster === cluster),
      map(({ readings }) => toUsable(readings[measurement])),
    );
  };
  for (let rule = 0; rule < ruleCount; rule += 1) {
    toRule(
      measurements.map((_, n) => toPoint(pointOf(rule, n))),
      rule,
    ).subscribe((isOn) => switches.push([frame, rule, isOn]));
  }
  for (const entry of entries) {
    entry$.next(entry);
    frame += 1;
  }
  entry$.complete();
  return switches;
};

/** The same chains with a Subject for each point, to which entries are handed by a table: as fast as RxJS gets. */
export const runRoutedChains = (entries: readonly Entry[]): readonly Switch[] => {
  const switches: Switch[] = [];
  const points = new Map<string, Subject<number | undefined>>();
  let frame = 0;
  for (let rule = 0; rule < ruleCount; rule += 1) {
    const subjects = measurements.map(() => new Subject<number | undefined>());
    for (const [n, subject] of subjects.entries()) points.set(pointOf(rule, n), subject);
    toRule(subjects, rule).subscribe((isOn) => switches.push([frame, rule, isOn]));
  }
  for (const entry of entries) {
    if (entry.kind === 'sensor') {
      for (const [measurement, reading] of Object.entries(entry.readings)) {
        points.get(`${entry.location}/${entry.cluster}/${measurement}`)?.next(toUsable(reading));
      }
    }
    frame += 1;
  }
  for (const subject of points.values()) subject.complete();
  return switches;
};
