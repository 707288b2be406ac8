import {
  isRunning,
  toLocation,
  toPersonText,
  toValueRange,
  type DeviceId,
  type DeviceLayout,
  type DeviceShape,
  type DeviceState,
  type DeviceValue,
  type LocationId,
  type OverrideStatus,
  type Phase,
  type Reason,
} from '@phloem/protocol';
import type { DeviceAction } from './device-actions.ts';
import type { FeedbackView } from './feedback-view.ts';
import { toStateWord } from '../format/state-word.ts';
import { toPlainReason } from '../why/plain-reason.ts';
import { toCountText, toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** How sure one may be of a device: it stands, it is on its way, or somebody should look. */
export type DeviceTone = 'settled' | 'waiting' | 'abnormal';

/** One device as it is drawn. What it is shown as is what was read back from it, never what was requested. */
export type DeviceView = {
  readonly id: DeviceId;
  readonly location: LocationId;
  readonly title: string;
  /** `on`, `off`, `partly`, or `unknown` when nothing was read back. */
  readonly fill: 'on' | 'off' | 'partly' | 'unknown';
  /** What was read back: `on`, `off`, `40 %`, `not known`. */
  readonly shown: string;
  readonly requested: string;
  readonly written: string;
  readonly confirmed: string;
  readonly phase: Phase | 'none';
  readonly tone: DeviceTone;
  /** Where request, write and read-back stand towards each other. */
  readonly standing: string;
  /** Since when, by the hub's wall clock: `14:01, 4 m 10 s ago`. */
  readonly since: string;
  /** Why, as data and in plain words. */
  readonly reason: Reason | null;
  readonly why: string;
  readonly failSafe: string;
  /** Who overrides it, and for how long still: `anna, 41:07 left`; empty when nobody has. */
  readonly hand: string;
  /** What keeps it until a person lets it go. */
  readonly actions: readonly DeviceAction[];
};

/** The moment that a view is made for: the hub's wall clock, and how to write it. */
export type Moment = { readonly at: number; readonly time: SiteTime };

const proofMs = 5000;

/** A device as it is drawn. */
export const toDeviceView = (
  layout: DeviceLayout,
  state: DeviceState | undefined,
  moment: Moment,
  override?: OverrideStatus,
  { actions = [], feedback = null }: { readonly actions?: readonly DeviceAction[]; readonly feedback?: FeedbackView | null } = {},
): DeviceView => {
  const confirmed = state?.confirmed ?? null;
  const waitedMs = state?.since === undefined || state.since === null ? 0 : moment.at - state.since;
  const phase = state?.phase ?? 'none';
  // A drive that ramps and a valve that travels are given the time that they take.
  const isOverdue =
    (phase === 'written' && waitedMs > proofMs + (layout.limits.settleMs ?? 0)) || (phase === 'requested' && waitedMs > proofMs);
  return {
    id: layout.id,
    location: toLocation(layout.id),
    title: layout.title,
    fill: toFill(confirmed, layout),
    shown: toShown(confirmed, state, layout),
    requested: toStateText(state?.requested, layout),
    written: toStateText(state?.written, layout),
    confirmed: toStateText(confirmed, layout),
    phase,
    tone: isOverdue ? 'abnormal' : toTone(phase),
    standing: state === undefined ? 'no state received yet' : `${toStanding(layout, state, isOverdue, moment)}${toProof(state, feedback)}`,
    since:
      state?.since === undefined || state.since === null
        ? ''
        : `${moment.time.moment(state.since, moment.at)}, ${toDurationText(waitedMs)} ago`,
    reason: state?.why ?? null,
    why: toPlainReason(state?.why, { time: moment.time, device: layout }),
    failSafe: layout.failSafe.value === null ? 'holds' : toStateWord(layout.failSafe.value, layout),
    hand: override === undefined ? '' : `${toPersonText(override.by)}, ${toCountText(override.until - moment.at)} left`,
    actions,
  };
};

/** What was read back; of a device that does not do as it is commanded, with what it should be. */
const toShown = (confirmed: DeviceValue | null, state: DeviceState | undefined, layout: DeviceLayout): string => {
  if (confirmed === null) return 'not known';
  const word = toStateWord(confirmed, layout);
  const wanted = state?.requested ?? null;
  return state?.phase === 'discrepancy' && wanted !== null && wanted !== confirmed
    ? `${word} (should be ${toStateWord(wanted, layout)})`
    : word;
};

const toStateText = (value: DeviceValue | null | undefined, shape: DeviceShape): string =>
  value === null || value === undefined ? 'unknown' : toStateWord(value, shape);

const toFill = (value: DeviceValue | null, shape?: DeviceShape): DeviceView['fill'] => {
  if (value === null) return 'unknown';
  if (typeof value !== 'number') return isRunning(value) ? 'on' : 'off';
  const range = shape === undefined ? { min: 0, max: 100 } : (toValueRange(shape) ?? { min: 0, max: 100 });
  if (shape?.kind === 'setpoint') return value === 0 ? 'off' : 'on';
  if (value <= range.min) return 'off';
  return value >= range.max ? 'on' : 'partly';
};

const tones: Readonly<Record<Phase, DeviceTone>> = {
  requested: 'waiting',
  held: 'waiting',
  refused: 'abnormal',
  superseded: 'waiting',
  cancelled: 'waiting',
  written: 'waiting',
  confirmed: 'settled',
  discrepancy: 'abnormal',
  failed: 'abnormal',
  unknown: 'abnormal',
  safe: 'abnormal',
};

const toTone = (phase: Phase | 'none'): DeviceTone => (phase === 'none' ? 'waiting' : tones[phase]);

type StandingFacts = {
  readonly state: DeviceState;
  readonly isOverdue: boolean;
  readonly until: string;
  readonly word: (value: DeviceValue | null) => string;
};

/** The three steps in words; a request is named as a request in each of them. */
const standings: Readonly<Record<Phase, (facts: StandingFacts) => string>> = {
  requested: ({ state, isOverdue, word }) =>
    `${word(state.requested)} requested, ${isOverdue ? 'not written after 5 s' : 'not written yet'}`,
  held: ({ state, until, word }) => `${word(state.requested)} requested, held${until}`,
  refused: () => 'the last request was refused',
  superseded: () => 'the last request was superseded',
  cancelled: () => 'the last request was cancelled, output unchanged',
  written: ({ state, isOverdue, word }) =>
    isFollowing(state) && !isOverdue
      ? `following, ${word(state.confirmed)} of ${word(state.written)}`
      : `${word(state.written)} written, ${isOverdue ? 'not confirmed after 5 s' : 'not confirmed yet'}`,
  confirmed: ({ state: { requested, confirmed }, word }) =>
    requested !== null && word(requested) !== word(confirmed) ? `confirmed, ${word(requested)} requested` : 'confirmed',
  discrepancy: ({ state, word }) => `discrepancy: ${word(state.written)} written, ${word(state.confirmed)} read back`,
  failed: ({ state, word }) => `writing ${word(state.written ?? state.requested)} failed`,
  unknown: ({ state }) => (state.confirmed === null ? 'outcome unknown, nothing was read back' : 'outcome unknown'),
  safe: () => 'fail-safe applied',
};

/** A number on its way to another. */
const isFollowing = ({ written, confirmed }: DeviceState): boolean =>
  typeof written === 'number' && typeof confirmed === 'number' && written !== confirmed;

/** Whether run feedback proves the read-back value; empty without feedback. */
const toProof = ({ phase }: DeviceState, feedback: FeedbackView | null): string => {
  if (feedback === null || phase !== 'confirmed') return '';
  return feedback.isProven === true ? ' and proven' : ', not proven';
};

const toStanding = (layout: DeviceLayout, state: DeviceState, isOverdue: boolean, { time, at }: Moment): string => {
  if (state.phase === null) return state.confirmed === null ? 'no state received yet' : 'read back, nothing requested yet';
  const until = state.until === undefined ? '' : ` until ${time.moment(state.until, at)}`;
  return standings[state.phase]({ state, isOverdue, until, word: (value) => toStateText(value, layout) });
};
