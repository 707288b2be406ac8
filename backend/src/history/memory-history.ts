import type { DeviceId, DeviceSpan, HistoryGap, PointId } from '@phloem/protocol';
import { levelMs, planBuckets, toPointHistory, type Level } from './buckets.ts';
import { toFirstKnown, toLocationMarks, toUnknownSpan, type KeptMark } from './marks.ts';
import type { History, HistoryCursor, Sample, Stretch } from './history.ts';
import { addRollUps, toRollUp, type RollUp } from './roll-up.ts';
import { cutSpans, toPastSamples } from './simulated-past.ts';

type Kept = Sample & { readonly isSimulated: boolean };
type KnownPoint = { samples: Kept[]; readonly gaps: OpenGap[]; readonly rolls: Record<'minute' | 'hour', Map<number, RollUp>> };
type OpenGap = { readonly from: number; to: number | null; readonly why: string };

const rollLevels = ['minute', 'hour'] as const satisfies readonly Level[];

/** A history in memory: for tests, and the plain statement of what the other implementations must answer. */
export function createMemoryHistory(): History {
  const points = new Map<PointId, KnownPoint>();
  const devices = new Map<DeviceId, DeviceSpan[]>();
  const hubGaps: HistoryGap[] = [];
  let kept: KeptMark[] = [];
  let marksFrom: number | null = null;
  let cursor: HistoryCursor | null = null;
  let begins: number | null = null;
  let rawFrom = -Infinity;
  let minuteFrom = -Infinity;

  const pointOf = (id: PointId) => {
    const known: KnownPoint = points.get(id) ?? { samples: [], gaps: [], rolls: { minute: new Map(), hour: new Map() } };
    points.set(id, known);
    return known;
  };
  const spansOf = (id: DeviceId): DeviceSpan[] => {
    const known = devices.get(id) ?? [];
    devices.set(id, known);
    return known;
  };

  const keep = (sample: Kept): void => {
    const { samples, rolls } = pointOf(sample.point);
    const after = samples.findLastIndex(({ at, lsn }) => at < sample.at || (at === sample.at && lsn < sample.lsn));
    samples.splice(after + 1, 0, sample);
    for (const level of rollLevels) {
      const at = Math.floor(sample.at / levelMs[level]) * levelMs[level];
      const before = rolls[level].get(at);
      rolls[level].set(at, before === undefined ? toRollUp(sample) : addRollUps(before, toRollUp(sample)));
    }
  };

  const closeSpan = (device: DeviceId, to: number): void => {
    const spans = spansOf(device);
    const open = spans.findIndex((span) => span.to === null);
    const span = spans[open];
    if (span !== undefined) spans[open] = { ...span, to };
  };

  const toGaps = (gaps: readonly OpenGap[], { from, to }: Stretch): readonly HistoryGap[] =>
    [...gaps, ...hubGaps]
      .map((gap) => ({ from: Math.max(gap.from, from), to: Math.min(gap.to ?? to, to), why: gap.why }))
      .filter((gap) => gap.from < gap.to);

  return {
    load: () => ({
      cursor,
      openGaps: [...points].flatMap(([id, { gaps }]) => (gaps.some(({ to }) => to === null) ? [id] : [])),
      openSpans: [...devices].flatMap(([device, spans]) => spans.filter(({ to }) => to === null).map((span) => ({ device, span }))),
      openAlarms: kept.flatMap(({ alarm, until }) => (alarm !== null && until === null ? [alarm] : [])),
    }),
    write: (batch) => {
      cursor = batch.cursor;
      marksFrom ??= toFirstKnown(batch);
      for (const change of batch.marks) {
        if (change.kind === 'open') kept.push(change.mark);
        else
          kept = kept.map((mark) =>
            mark.alarm === change.alarm && mark.until === null ? { ...mark, until: change.to, endLsn: change.lsn } : mark,
          );
      }
      begins ??= Math.min(batch.cursor.at, ...batch.samples.map(({ at }) => at));
      for (const sample of batch.samples) keep({ ...sample, isSimulated: false });
      for (const gap of batch.gaps) {
        if (gap.kind === 'past') hubGaps.push({ from: gap.from, to: gap.to, why: gap.why });
        else if (gap.kind === 'open') pointOf(gap.point).gaps.push({ from: gap.from, to: null, why: gap.why });
        else Object.assign(pointOf(gap.point).gaps.find(({ to }) => to === null) ?? {}, { to: gap.to });
      }
      for (const change of batch.spans) {
        if (change.kind === 'close') closeSpan(change.device, change.to);
        else spansOf(change.device).push(change.span);
      }
    },
    rewind: (to, isForeign) => {
      cursor = to;
      kept = isForeign
        ? kept.map((mark) => ({ ...mark, until: mark.until ?? Math.max(mark.at, to.at), lsn: null, endLsn: null }))
        : kept
            .filter(({ lsn }) => lsn === null || lsn <= to.lsn)
            .map((mark) => (mark.endLsn !== null && mark.endLsn > to.lsn ? { ...mark, until: null, endLsn: null } : mark));
      for (const [device, spans] of devices) {
        const kept = spans.filter(({ lsn }) => isForeign || lsn === null || lsn <= to.lsn);
        const last = kept.at(-1);
        if (kept.length < spans.length && last !== undefined && !last.isSimulated) kept[kept.length - 1] = { ...last, to: null };
        devices.set(device, isForeign ? kept.map((span) => ({ ...span, lsn: null, cause: null })) : kept);
      }
    },
    pointHistory: ({ id, buckets, ...stretch }) => {
      const point = points.get(id);
      if (point === undefined) return null;
      const plan = planBuckets({ ...stretch, buckets, rawFrom, minuteFrom });
      const found = new Map<number, RollUp>();
      const rows: readonly (readonly [number, RollUp])[] =
        plan.level === 'raw' ? point.samples.map((sample) => [sample.at, toRollUp(sample)] as const) : [...point.rolls[plan.level]];
      for (const [at, row] of rows) {
        if (at < plan.start || at > stretch.to) continue;
        const bucket = Math.floor((at - plan.start) / plan.bucketMs);
        const before = found.get(bucket);
        found.set(bucket, before === undefined ? row : addRollUps(before, row));
      }
      return toPointHistory({ id, ...stretch }, plan, found, toGaps(point.gaps, stretch));
    },
    samples: ({ id, from, to, after, limit }) => {
      const point = points.get(id);
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
    },
    timeline: ({ id, from, to }) => {
      const spans = devices.get(id);
      if (spans === undefined) return null;
      return { id, from, to, spans: spans.filter((span) => span.from <= to && (span.to ?? Infinity) >= from).toSorted(byStart) };
    },
    marks: (query) => {
      const touching = kept.filter(({ at, until }) => at <= query.to && (until ?? Infinity) >= query.from);
      return toLocationMarks(
        query,
        touching
          .map((mark, index) => ({ mark, index }))
          .toSorted((a, b) => b.mark.at - a.mark.at || b.index - a.index)
          .map(({ mark }) => mark),
        [...toUnknownSpan(query, marksFrom), ...toGaps([], query)],
      );
    },
    importPast: (past) => {
      const before = begins ?? Infinity;
      let [samples, spans] = [0, 0];
      for (const { point, at, v, q, gap } of toPastSamples(past.samples, before)) {
        if (at < rawFrom || pointOf(point).samples.some((known) => known.isSimulated && known.at === at)) continue;
        keep({ point, at, lsn: 0, v, q, isSimulated: true });
        if (gap !== null) pointOf(point).gaps.push(gap);
        samples += 1;
      }
      for (const { device, ...span } of cutSpans(past.spans, before)) {
        const known = spansOf(device);
        if (known.some(({ isSimulated, from }) => isSimulated && from === span.from)) continue;
        known.push({ ...span, cause: null, lsn: null, isSimulated: true });
        spans += 1;
      }
      return { samples, spans, before: begins };
    },
    simulatedReach: () => {
      const times = [...points.values()].flatMap(({ samples }) => samples.flatMap(({ isSimulated, at }) => (isSimulated ? at : [])));
      const isNone = times.length === 0;
      return { from: isNone ? null : Math.min(...times), to: isNone ? null : Math.max(...times), before: begins };
    },
    retain: ({ rawMs, minuteMs, hourMs }, now) => {
      kept = kept.filter(({ until }) => until === null || until >= now - hourMs);
      rawFrom = Math.max(rawFrom, now - rawMs);
      minuteFrom = Math.max(minuteFrom, now - minuteMs);
      for (const point of points.values()) {
        point.samples = point.samples.filter(({ at }) => at >= rawFrom);
        for (const [level, ageMs] of [
          ['minute', minuteMs],
          ['hour', hourMs],
        ] as const) {
          for (const at of point.rolls[level].keys()) if (at < now - ageMs) point.rolls[level].delete(at);
        }
      }
      return { isMore: false };
    },
    close: () => undefined,
  };
}

const byStart = (a: DeviceSpan, b: DeviceSpan): number => a.from - b.from;
