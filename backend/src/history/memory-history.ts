import type {
  PointHistory,
  DeviceTimeline,
  SimulatedPast,
  SimulatedPastAnswer,
  SimulatedPastReach,
  DeviceId,
  DeviceSpan,
  HistoryGap,
  Reason,
  PointId,
} from '@phloem/protocol';
import type { Later, HistoryState, HistoryBatch, SamplePage, HistoryLimits, History, HistoryCursor, Stretch } from './history.ts';
import type { Sample, SampleKey } from '../log/samples/entry-samples.ts';
import { type FoundMarks, type MarksQuery, toFirstKnown, toLocationMarks, toUnknownSpan, type KeptMark } from './marks.ts';
import { levelMs, planBuckets, toPointHistory, type Level } from './buckets.ts';
import { addRollUps, toRollUp, type RollUp } from './roll-up.ts';
import { cutSpans, toPastSamples } from './simulated-past.ts';

type Kept = Sample & { readonly isSimulated: boolean };
type KnownPoint = { samples: Kept[]; readonly gaps: OpenGap[]; readonly rolls: Record<'minute' | 'hour', Map<number, RollUp>> };
type OpenGap = { readonly from: number; to: number | null; readonly why: Reason };

const rollLevels = ['minute', 'hour'] as const satisfies readonly Level[];

/** A history in memory: for tests, and the plain statement of what the other implementations must answer. */
export const createMemoryHistory = (): History => new MemoryHistory();

class MemoryHistory implements History {
  readonly #points = new Map<PointId, KnownPoint>();
  readonly #devices = new Map<DeviceId, DeviceSpan[]>();
  readonly #hubGaps: HistoryGap[] = [];
  #kept: KeptMark[] = [];
  #marksFrom: number | null = null;
  #cursor: HistoryCursor | null = null;
  #begins: number | null = null;
  #rawFrom = -Infinity;
  #minuteFrom = -Infinity;

  readonly load = (): Later<HistoryState> => {
    return {
      cursor: this.#cursor,
      openGaps: [...this.#points].flatMap(([id, { gaps }]) => (gaps.some(({ to }) => to === null) ? [id] : [])),
      openSpans: [...this.#devices].flatMap(([device, spans]) => spans.filter(({ to }) => to === null).map((span) => ({ device, span }))),
      openAlarms: this.#kept.flatMap(({ alarm, until }) => (alarm !== null && until === null ? [alarm] : [])),
    };
  };

  readonly write = (batch: HistoryBatch): Later<void> => {
    this.#cursor = batch.cursor;
    this.#marksFrom ??= toFirstKnown(batch);
    for (const change of batch.marks) {
      if (change.kind === 'open') this.#kept.push(change.mark);
      else
        this.#kept = this.#kept.map((mark) =>
          mark.alarm === change.alarm && mark.until === null ? { ...mark, until: change.to, endLsn: change.lsn } : mark,
        );
    }
    this.#begins ??= Math.min(batch.cursor.at, ...batch.samples.map(({ at }) => at));
    for (const sample of batch.samples) this.#keep({ ...sample, isSimulated: false });
    for (const gap of batch.gaps) {
      if (gap.kind === 'past') this.#hubGaps.push({ from: gap.from, to: gap.to, why: gap.why });
      else if (gap.kind === 'open') this.#pointOf(gap.point).gaps.push({ from: gap.from, to: null, why: gap.why });
      else Object.assign(this.#pointOf(gap.point).gaps.find(({ to }) => to === null) ?? {}, { to: gap.to });
    }
    for (const change of batch.spans) {
      if (change.kind === 'close') this.#closeSpan(change.device, change.to);
      else this.#spansOf(change.device).push(change.span);
    }
  };

  readonly rewind = (to: HistoryCursor, isForeign: boolean): Later<void> => {
    this.#cursor = to;
    this.#kept = isForeign
      ? this.#kept.map((mark) => ({ ...mark, until: mark.until ?? Math.max(mark.at, to.at), lsn: null, endLsn: null }))
      : this.#kept
          .filter(({ lsn }) => lsn === null || lsn <= to.lsn)
          .map((mark) => (mark.endLsn !== null && mark.endLsn > to.lsn ? { ...mark, until: null, endLsn: null } : mark));
    for (const [device, spans] of this.#devices) {
      const kept = spans.filter(({ lsn }) => isForeign || lsn === null || lsn <= to.lsn);
      const last = kept.at(-1);
      if (kept.length < spans.length && last !== undefined && !last.isSimulated) kept[kept.length - 1] = { ...last, to: null };
      this.#devices.set(device, isForeign ? kept.map((span) => ({ ...span, lsn: null, cause: null })) : kept);
    }
  };

  readonly pointHistory = ({
    id,
    buckets,
    ...stretch
  }: Stretch & { readonly id: PointId; readonly buckets: number }): Later<PointHistory | null> => {
    const point = this.#points.get(id);
    if (point === undefined) return null;
    const plan = planBuckets({ ...stretch, buckets, rawFrom: this.#rawFrom, minuteFrom: this.#minuteFrom });
    const found = new Map<number, RollUp>();
    const rows: readonly (readonly [number, RollUp])[] =
      plan.level === 'raw' ? point.samples.map((sample) => [sample.at, toRollUp(sample)] as const) : [...point.rolls[plan.level]];
    for (const [at, row] of rows) {
      if (at < plan.start || at > stretch.to) continue;
      const bucket = Math.floor((at - plan.start) / plan.bucketMs);
      const before = found.get(bucket);
      found.set(bucket, before === undefined ? row : addRollUps(before, row));
    }
    return toPointHistory({ id, ...stretch }, plan, found, this.#toGaps(point.gaps, stretch));
  };

  readonly samples = ({
    id,
    from,
    to,
    after,
    limit,
  }: Stretch & { readonly id: PointId; readonly after: SampleKey | null; readonly limit: number }): Later<SamplePage | null> => {
    const point = this.#points.get(id);
    if (point === undefined) return null;
    const wanted = point.samples.filter(
      ({ at, lsn }) => at >= from && at <= to && (after === null || at > after.at || (at === after.at && lsn > after.lsn)),
    );
    const page = wanted.slice(0, limit);
    const last = page.at(-1);
    return {
      samples: page.map(({ at, v, q, isSimulated }) => ({
        at,
        v,
        q,
        why: v === null ? (point.gaps.findLast((gap) => gap.from <= at && (gap.to ?? Infinity) >= at)?.why ?? null) : null,
        isSimulated: isSimulated || q === 'simulated',
      })),
      next: last === undefined || wanted.length <= limit ? null : { at: last.at, lsn: last.lsn },
    };
  };

  readonly timeline = ({ id, from, to }: Stretch & { readonly id: DeviceId }): Later<DeviceTimeline | null> => {
    const spans = this.#devices.get(id);
    if (spans === undefined) return null;
    return { id, from, to, spans: spans.filter((span) => span.from <= to && (span.to ?? Infinity) >= from).toSorted(byStart) };
  };

  readonly marks = (query: MarksQuery): Later<FoundMarks> => {
    const touching = this.#kept.filter(({ at, until }) => at <= query.to && (until ?? Infinity) >= query.from);
    return toLocationMarks(
      query,
      touching
        .map((mark, index) => ({ mark, index }))
        .toSorted((a, b) => b.mark.at - a.mark.at || b.index - a.index)
        .map(({ mark }) => mark),
      [...toUnknownSpan(query, this.#marksFrom), ...this.#toGaps([], query)],
    );
  };

  readonly importPast = (past: SimulatedPast): Later<SimulatedPastAnswer> => {
    const before = this.#begins ?? Infinity;
    let [samples, spans] = [0, 0];
    for (const { point, at, v, q, gap } of toPastSamples(past.samples, before)) {
      if (at < this.#rawFrom || this.#pointOf(point).samples.some((known) => known.isSimulated && known.at === at)) continue;
      this.#keep({ point, at, lsn: 0, v, q, isSimulated: true });
      if (gap !== null) this.#pointOf(point).gaps.push(gap);
      samples += 1;
    }
    for (const { device, ...span } of cutSpans(past.spans, before)) {
      const known = this.#spansOf(device);
      if (known.some(({ isSimulated, from }) => isSimulated && from === span.from)) continue;
      known.push({ ...span, cause: null, lsn: null, isSimulated: true });
      spans += 1;
    }
    return { samples, spans, before: this.#begins };
  };

  readonly simulatedReach = (): Later<SimulatedPastReach> => {
    const times = [...this.#points.values()].flatMap(({ samples }) => samples.flatMap(({ isSimulated, at }) => (isSimulated ? at : [])));
    const isNone = times.length === 0;
    return { from: isNone ? null : Math.min(...times), to: isNone ? null : Math.max(...times), before: this.#begins };
  };

  readonly removeDoubled = (): Later<{ readonly isMore: boolean }> => ({ isMore: false });

  readonly retain = ({ rawMs, minuteMs, hourMs }: HistoryLimits, now: number): Later<{ readonly isMore: boolean }> => {
    this.#kept = this.#kept.filter(({ until }) => until === null || until >= now - hourMs);
    this.#rawFrom = Math.max(this.#rawFrom, now - rawMs);
    this.#minuteFrom = Math.max(this.#minuteFrom, now - minuteMs);
    for (const point of this.#points.values()) {
      point.samples = point.samples.filter(({ at }) => at >= this.#rawFrom);
      for (const [level, ageMs] of [
        ['minute', minuteMs],
        ['hour', hourMs],
      ] as const) {
        for (const at of point.rolls[level].keys()) if (at < now - ageMs) point.rolls[level].delete(at);
      }
    }
    return { isMore: false };
  };

  readonly close = (): Later<void> => {
    return undefined;
  };

  #pointOf(id: PointId): KnownPoint {
    const known: KnownPoint = this.#points.get(id) ?? { samples: [], gaps: [], rolls: { minute: new Map(), hour: new Map() } };
    this.#points.set(id, known);
    return known;
  }

  #spansOf(id: DeviceId): DeviceSpan[] {
    const known = this.#devices.get(id) ?? [];
    this.#devices.set(id, known);
    return known;
  }

  #keep(sample: Kept): void {
    const { samples, rolls } = this.#pointOf(sample.point);
    const after = samples.findLastIndex(({ at, lsn }) => at < sample.at || (at === sample.at && lsn < sample.lsn));
    samples.splice(after + 1, 0, sample);
    for (const level of rollLevels) {
      const at = Math.floor(sample.at / levelMs[level]) * levelMs[level];
      const before = rolls[level].get(at);
      rolls[level].set(at, before === undefined ? toRollUp(sample) : addRollUps(before, toRollUp(sample)));
    }
  }

  #closeSpan(device: DeviceId, to: number): void {
    const spans = this.#spansOf(device);
    const open = spans.findIndex((span) => span.to === null);
    const span = spans[open];
    if (span !== undefined) spans[open] = { ...span, to };
  }

  #toGaps(gaps: readonly OpenGap[], { from, to }: Stretch): readonly HistoryGap[] {
    return [...gaps, ...this.#hubGaps]
      .map((gap) => ({ from: Math.max(gap.from, from), to: Math.min(gap.to ?? to, to), why: gap.why }))
      .filter((gap) => gap.from < gap.to);
  }
}

const byStart = (a: DeviceSpan, b: DeviceSpan): number => a.from - b.from;
