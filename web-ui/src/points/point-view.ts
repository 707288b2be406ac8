import { toPlainReason, type ReasonPlace } from '../why/plain-reason.ts';
import {
  findValueName,
  quantities,
  toLocation,
  type LocationId,
  type PointId,
  type PointLayout,
  type PointState,
  type Quality,
} from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';
import { toFreshness, toStaleMs, type Freshness } from './freshness.ts';
import { noValue, toUnitText, toValueText } from '../format/format-value.ts';

/** One point as it is drawn. */
export type PointView = {
  readonly id: PointId;
  readonly location: LocationId;
  readonly cluster: string;
  readonly title: string;
  readonly text: string;
  readonly unit: string;
  readonly isWord: boolean;
  readonly freshness: Freshness;
  readonly quality: Quality | 'none';
  /** How old it is: `6 s`; empty when it was never received. */
  readonly age: string;
  /** What must be said besides the age: why it is not good. */
  readonly note: string;
  readonly decimals: number;
  /** After how long a silence is a gap in its trace. */
  readonly gapMs: number;
};

export const neverReceived = 'never received · check wiring or address';

const toNeverText = ({ source }: PointLayout): string =>
  source === undefined ? neverReceived : `never received · check the source ${source}`;

/** A point as it is drawn, from what the hub last said and the hub's running time as estimated now. */
export const toPointView = (layout: PointLayout, state: PointState | undefined, hubUp: number, time: ReasonPlace['time']): PointView => {
  const [, cluster = '', measurement = ''] = layout.id.split('/');
  const reported = state?.reported ?? null;
  const ageMs = reported === null ? null : Math.max(0, hubUp - reported);
  const freshness = state === undefined ? 'dead' : toFreshness(state, ageMs, layout.intervalMs);
  const shown = state === undefined || ageMs === null || state.q === 'bad' ? null : (state.v ?? state.last ?? null);
  return {
    id: layout.id,
    location: toLocation(layout.id),
    cluster,
    title: layout.title === '' ? measurement.replaceAll('_', ' ') : layout.title,
    text: toValueText(shown, layout.decimals, measurement, layout.names),
    unit: shown !== null && typeof shown === 'boolean' ? '' : toUnitText(layout.quantity),
    isWord:
      typeof shown === 'boolean' ||
      findValueName(layout.names, shown) !== null ||
      (shown === null && quantities[layout.quantity].unit === ''),
    freshness,
    quality: state?.q ?? 'none',
    age: ageMs === null ? '' : toDurationText(ageMs),
    note: ageMs === null ? toNeverText(layout) : toNote(state, layout, measurement, time),
    decimals: layout.decimals,
    gapMs: toStaleMs(layout.intervalMs),
  };
};

const toNote = (state: PointState | undefined, layout: PointLayout, measurement: string, time: ReasonPlace['time']): string => {
  if (state === undefined || state.q === 'good') return '';
  // A derived value names the input that it lacks by its full id; here the room and the cluster are known.
  const reason = toPlainReason(state.why, { time }).replaceAll(layout.id.slice(0, layout.id.lastIndexOf('/') + 1), '');
  if (state.q === 'stale') return reason;
  const last = state.last ?? null;
  const before =
    state.q === 'bad' && last !== null
      ? ` · last ${toValueText(last, layout.decimals, measurement, layout.names)} ${toUnitText(layout.quantity)}`
      : '';
  return `${state.q}${reason === '' ? '' : `: ${reason}`}${before}`.trimEnd();
};

/** A point in one phrase, for those who hear it: the number is never said without what it is worth. */
export const toSpokenText = ({ title, text, unit, freshness, age, note }: PointView): string => {
  const value = text === noValue ? 'no value' : `${text} ${unit}`.trim();
  if (freshness === 'fresh') return [`${title}: ${value}`, note].filter(Boolean).join(', ');
  return [`${title}: ${freshness}`, value, age === '' ? '' : `${age} old`, note].filter(Boolean).join(', ');
};
