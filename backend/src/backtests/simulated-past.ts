import { toLocation, type Entry, type EntryDraft, type PointId, type Quality, type Reading, type ScopeId } from '@phloem/protocol';
import type { BacktestBatch, PointModel } from '@phloem/rules';
import type { LogEntries } from '../log/log-entries.ts';

/** A sample of a simulated past; true is 1 and false is 0. */
export type PastSample = { readonly point: PointId; readonly at: number; readonly v: number | null; readonly q: Quality };

/** The simulated past of a demonstration, as its history keeps it. */
export type PastSource = {
  /** Its first and its last moment; null where there is none. */
  reach(): { readonly from: number; readonly to: number } | null;
  /** The samples from a moment on, up to before another, in order of time. */
  read(from: number, to: number): readonly PastSample[];
};

/** How a simulated past is put before a log. */
export type PastPlan = {
  /** Wall times: its first moment, and the one before which it ends. */
  readonly from: number;
  readonly to: number;
  /** How much later every `up` is: the running time of the hub begins with the log, and none may be negative. */
  readonly shiftMs: number;
  /** The `up` of the wall time 0. */
  readonly upAtZero: number;
  /** What the log begins with: the site, the rules, and who runs them. The simulated past was lived by the same. */
  readonly beginning: readonly EntryDraft[];
  readonly booleans: ReadonlySet<PointId>;
};

type Asked = {
  readonly from: number;
  /** The first entry of the log. */
  readonly first: number;
  readonly isMeant: (scope: ScopeId) => boolean;
  readonly points: readonly PointModel[];
};

const slice = { entries: 16_384, bytes: 8 * 1024 * 1024 };
/** A simulated past ends right before the first thing that was recorded. Where the log was cut since, it no longer belongs to it. */
const nearMs = 60_000;
const epoch = 'simulated000';
const batchMs = 600_000;
/** More than a day has instants and readings; the log goes on with 1. */
const firstNumber = -1_000_000_000;

/** Plans the simulated past before a log, if the period reaches back to it. */
export const planPast = (
  log: LogEntries & { readonly past?: PastSource | undefined },
  { from, first, isMeant, points }: Asked,
): PastPlan | null => {
  const reach = log.past?.reach() ?? null;
  if (reach === null || first !== 1) return null;
  const beginning = log.read(first - 1, slice, first);
  const [began] = beginning;
  if (began === undefined || from >= began.at || reach.to >= began.at || began.at - reach.to > nearMs) return null;
  const begin = Math.max(from, reach.from);
  const upAtBegin = began.up - (began.at - begin);
  const shiftMs = Math.max(0, -upAtBegin);
  return {
    from: begin,
    to: reach.to + 1,
    shiftMs,
    upAtZero: upAtBegin + shiftMs - begin,
    beginning: toBeginning(beginning, isMeant),
    booleans: new Set(points.flatMap(({ id, quantity }) => (quantity === 'boolean' ? [id] : []))),
  };
};

const toBeginning = (entries: readonly Entry[], isMeant: Asked['isMeant']): readonly EntryDraft[] => {
  const site = entries.find((entry) => entry.kind === 'site');
  const bundle = entries.find((entry) => entry.kind === 'bundle' && entry.mode === 'live' && isMeant(entry.scope));
  if (site?.kind !== 'site') return [];
  const began: EntryDraft = { kind: 'site', hash: site.hash, revision: site.revision };
  if (bundle?.kind !== 'bundle') return [began];
  const { scope, hash, revision } = bundle;
  return [began, { kind: 'bundle', scope, hash, revision, mode: 'live' }, { kind: 'lease', scope, term: 1, holder: 'simulation' }];
};

/** The entries that a log of the simulated past would have. Their numbers are negative, so nothing takes them for recorded ones. */
export function* readPast(source: PastSource, plan: PastPlan): Generator<BacktestBatch> {
  let lsn = firstNumber;
  const stamp = (draft: EntryDraft, at: number): Entry => {
    lsn += 1;
    return { ...draft, lsn, at, up: plan.upAtZero + at };
  };
  yield { epoch, entries: plan.beginning.map((draft) => stamp(draft, plan.from)) };
  for (let from = plan.from; from < plan.to; from += batchMs) {
    const samples = source.read(from, Math.min(from + batchMs, plan.to));
    const instants = [...Map.groupBy(samples, ({ at }) => at)].toSorted(([a], [b]) => a - b);
    const entries = instants.flatMap(([at, all]) => [
      ...toFrames(all, plan.booleans).map((frame) => stamp(frame, at)),
      stamp({ kind: 'pulse' }, at),
    ]);
    if (entries.length > 0) yield { epoch, entries };
  }
}

const toFrames = (samples: readonly PastSample[], booleans: PastPlan['booleans']): readonly EntryDraft[] =>
  [...Map.groupBy(samples, ({ point }) => point.slice(0, point.lastIndexOf('/')))].map(([place, members]): EntryDraft => {
    const location = toLocation(place);
    const readings = members.map(({ point, v, q }): [string, Reading] => [
      point.slice(place.length + 1),
      // The rules took these readings for good ones when the past was lived; that they are simulated is in the number of the entry.
      { v: v !== null && booleans.has(point) ? v === 1 : v, q: q === 'simulated' ? 'good' : q },
    ]);
    return { kind: 'sensor', location, cluster: place.slice(location.length + 1), readings: Object.fromEntries(readings) };
  });

/** An entry of the log with the running time that a simulated past before it demands. */
export const shiftEntry = (entry: Entry, shiftMs: number): Entry => {
  const { up } = entry;
  if (shiftMs === 0) return entry;
  if (entry.kind !== 'sensor') return { ...entry, up: up + shiftMs };
  const readings = Object.entries(entry.readings).map(([measurement, reading]): [string, Reading] => [
    measurement,
    reading.t === undefined ? reading : { ...reading, t: reading.t + shiftMs },
  ]);
  return { ...entry, up: up + shiftMs, readings: Object.fromEntries(readings) };
};
