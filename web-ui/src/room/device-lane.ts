import {
  reasonRule,
  toPersonText,
  type DeviceLayout,
  type DeviceShape,
  type DeviceSpan,
  type DeviceState,
  type DeviceTimeline,
  type OverrideStatus,
} from '@phloem/protocol';
import { fillUnknown, toSpanShare } from '../devices/known-spans.ts';
import { toStateWord } from '../format/state-word.ts';
import { toPlainReason, type ReasonPlace } from '../why/plain-reason.ts';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** What a device was, as one piece of its strip: shares of the width, and how far on it was. */
export type LaneBar = {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** 0 to 1; null where it is not known. */
  readonly share: number | null;
  readonly isSimulated: boolean;
};

/**
 * What a device was confirmed to be, up to now: the hub's timeline, and after it what was heard live. A request is no
 * state: only what was read back makes a span.
 */
export const toSpans = (timeline: DeviceTimeline | null, state: DeviceState | undefined): readonly DeviceSpan[] => {
  // What lasted no time was not to be seen; the one after it says why.
  const spans = (timeline?.spans ?? []).filter(({ from, to }) => to === null || to > from);
  const last = spans.at(-1);
  if (state === undefined || state.phase !== 'confirmed' || state.confirmed === null || state.since === null) return spans;
  if (last !== undefined && (last.value === state.confirmed || state.since <= last.from)) return spans;
  const news: DeviceSpan = {
    from: state.since,
    to: null,
    value: state.confirmed,
    phase: 'confirmed',
    by: state.by,
    why: state.why,
    cause: null,
    lsn: state.lsn,
    isSimulated: false,
  };
  return [...spans.slice(0, -1), ...(last === undefined ? [] : [{ ...last, to: last.to ?? state.since }]), news];
};

/** The strip of a device over a stretch of time; what no span says is drawn as not known, never as off. */
export const toLaneBars = (spans: readonly DeviceSpan[], from: number, now: number, shape?: DeviceShape): readonly LaneBar[] => {
  const shown = spans
    .filter((span) => (span.to ?? now) > from && span.from < now)
    .map((span) => ({ from: span.from, to: span.to ?? now, share: toSpanShare(span.value, shape), isSimulated: span.isSimulated }));
  const toShare = (at: number): number => Math.min(1, Math.max(0, (at - from) / (now - from)));
  return fillUnknown(shown, from, now).map((span, index) => ({
    key: `${span.from} ${index}`,
    from: toShare(span.from),
    to: toShare(span.to),
    share: span.share,
    isSimulated: 'isSimulated' in span && span.isSimulated,
  }));
};

/** The span in which a moment lies. */
export const toSpanAt = (spans: readonly DeviceSpan[], at: number): DeviceSpan | null =>
  spans.findLast((span) => span.from <= at && at < (span.to ?? Number.POSITIVE_INFINITY)) ?? null;

/** Why a device became what it was: `14:01:05 on, because vpd 1.05 below 1.08 for 5 s`. */
export const toSpanSentence = (span: DeviceSpan, time: SiteTime, now: number, place: Omit<ReasonPlace, 'time'> = {}): string => {
  const day = time.date(span.from) === time.date(now) ? '' : `${time.date(span.from)} `;
  const what = span.value === null ? 'no longer known' : toStateWord(span.value);
  const why = toPlainReason(span.why, { ...place, time });
  const reason = why !== '' ? `, because ${why}` : span.by === null ? '' : `, by ${toPersonText(span.by)}`;
  const end = span.to === null ? '' : `; until ${time.clock(span.to)} (${toDurationText(span.to - span.from)})`;
  return `${day}${time.clock(span.from)} ${what}${reason}${end}${span.isSimulated ? ' (simulated)' : ''}`;
};

/** Who holds a device, and until when: `dehumidify · 4 m 10 s, min-on 50 s left`; empty when nobody does. */
export const toHolder = (
  layout: DeviceLayout,
  state: DeviceState | undefined,
  override: OverrideStatus | undefined,
  at: number,
): string => {
  if (override !== undefined) return `override: ${toPersonText(override.by)}, ${toDurationText(override.until - at)} left`;
  if (state === undefined || state.by === null || state.phase === null) return '';
  // A service says in its reason which of its rules it was.
  const rule = state.by.kind === 'node' && state.why !== null ? reasonRule(state.why) : null;
  const who = (rule ?? toPersonText(state.by)).split('/').at(-1) ?? '';
  const sinceMs = state.since === null ? null : Math.max(0, at - state.since);
  const name = state.by.kind === 'hub' ? 'the hub itself' : who.replaceAll('_', ' ');
  return [`${name}${sinceMs === null ? '' : ` · ${toDurationText(sinceMs)}`}`, toTimer(layout, state, sinceMs)].filter(Boolean).join(', ');
};

/** What is left of the time that a device must stay as it is. */
const toTimer = ({ limits }: DeviceLayout, state: DeviceState, sinceMs: number | null): string => {
  if (sinceMs === null || state.phase !== 'confirmed' || state.confirmed === null) return '';
  const isOn = state.confirmed === true || (typeof state.confirmed === 'number' && state.confirmed > 0);
  const leastMs = isOn ? limits.minOnMs : limits.minOffMs;
  const leftMs = (leastMs ?? 0) - sinceMs;
  return leftMs <= 0 ? '' : `${isOn ? 'min-on' : 'min-off'} ${toDurationText(leftMs)} left`;
};
