import {
  toLocation,
  type DeviceId,
  type DeviceLayout,
  type DeviceState,
  type DeviceValue,
  type LocationId,
  type OverrideStatus,
  type Phase,
} from '@phloem/protocol';
import type { DeviceDeed } from './device-deeds.ts';
import type { Felt } from './felt.ts';
import { toNumberText } from '../points/format-value.ts';
import { toCountText, toDurationText } from '../words/duration.ts';
import type { SiteTime } from '../words/site-time.ts';

/** How sure one may be of a device: it stands, it is on its way, or somebody should look. */
export type DeviceTone = 'settled' | 'waiting' | 'abnormal';

/** One device as it is drawn. What it is shown as is what was read back from it, never what was wished. */
export type DeviceView = {
  readonly id: DeviceId;
  readonly location: LocationId;
  readonly title: string;
  /** `on`, `off`, `partly`, or `unknown` when nothing was read back. */
  readonly fill: 'on' | 'off' | 'partly' | 'unknown';
  /** What was read back: `on`, `off`, `40 %`, `not known`. */
  readonly shown: string;
  readonly wished: string;
  readonly written: string;
  readonly confirmed: string;
  readonly phase: Phase | 'none';
  readonly tone: DeviceTone;
  /** Where wish, write and read-back stand towards each other. */
  readonly standing: string;
  /** Since when, by the hub's wall clock: `14:01, 4 m 10 s ago`. */
  readonly since: string;
  readonly why: string;
  readonly failSafe: string;
  /** Who has a hand on it, and for how long still: `anna, 41:07 left`; empty when nobody has. */
  readonly hand: string;
  /** What keeps it until a person lets it go. */
  readonly deeds: readonly DeviceDeed[];
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
  { deeds = [], felt = null }: { readonly deeds?: readonly DeviceDeed[]; readonly felt?: Felt | null } = {},
): DeviceView => {
  const confirmed = state?.confirmed ?? null;
  const waitedMs = state?.since === undefined || state.since === null ? 0 : moment.at - state.since;
  const phase = state?.phase ?? 'none';
  const isOverdue = (phase === 'written' || phase === 'wished') && waitedMs > proofMs;
  return {
    id: layout.id,
    location: toLocation(layout.id),
    title: layout.title,
    fill: toFill(confirmed),
    shown: confirmed === null ? 'not known' : toStateWord(confirmed),
    wished: toStateText(state?.wished),
    written: toStateText(state?.written),
    confirmed: toStateText(confirmed),
    phase,
    tone: isOverdue ? 'abnormal' : toTone(phase),
    standing: state === undefined ? 'nothing known of it yet' : `${toStanding(state, isOverdue, moment)}${toProof(state, felt)}`,
    since:
      state?.since === undefined || state.since === null
        ? ''
        : `${moment.time.moment(state.since, moment.at)}, ${toDurationText(waitedMs)} ago`,
    why: state?.why ?? '',
    failSafe: layout.failSafe.value === null ? 'holds' : toStateWord(layout.failSafe.value),
    hand: override === undefined ? '' : `${toPersonText(override.by)}, ${toCountText(override.until - moment.at)} left`,
    deeds,
  };
};

/** Who it was, without the word for what he is: `anna`. */
export const toPersonText = (by: string): string => by.replace(/^(user|node|rule):/, '');

/** `on`, `off` or `40 %`. */
export const toStateWord = (value: DeviceValue): string => {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return `${toNumberText(value, 0)} %`;
};

const toStateText = (value: DeviceValue | null | undefined): string =>
  value === null || value === undefined ? 'unknown' : toStateWord(value);

const toFill = (value: DeviceValue | null): DeviceView['fill'] => {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value <= 0) return 'off';
  return value >= 100 ? 'on' : 'partly';
};

const tones: Readonly<Record<Phase, DeviceTone>> = {
  wished: 'waiting',
  held: 'waiting',
  refused: 'abnormal',
  superseded: 'waiting',
  voided: 'waiting',
  written: 'waiting',
  confirmed: 'settled',
  diverged: 'abnormal',
  failed: 'abnormal',
  unknown: 'abnormal',
  safe: 'abnormal',
};

const toTone = (phase: Phase | 'none'): DeviceTone => (phase === 'none' ? 'waiting' : tones[phase]);

type StandingFacts = { readonly state: DeviceState; readonly isOverdue: boolean; readonly until: string };

/** The three steps in words; a wish is named as a wish in each of them. */
const standings: Readonly<Record<Phase, (facts: StandingFacts) => string>> = {
  wished: ({ state, isOverdue }) => `${toStateText(state.wished)} wished, ${isOverdue ? 'not written after 5 s' : 'not written yet'}`,
  held: ({ state, until }) => `${toStateText(state.wished)} wished, held${until}`,
  refused: () => 'the last wish was refused',
  superseded: () => 'the last wish was superseded',
  voided: () => 'the last wish is void, output left as it is',
  written: ({ state, isOverdue }) =>
    `${toStateText(state.written)} written, ${isOverdue ? 'not confirmed after 5 s' : 'not confirmed yet'}`,
  confirmed: ({ state: { wished, confirmed } }) =>
    wished !== null && wished !== confirmed ? `confirmed, ${toStateText(wished)} wished` : 'confirmed',
  diverged: ({ state }) => `diverged: ${toStateText(state.written)} written, ${toStateText(state.confirmed)} read back`,
  failed: ({ state }) => `writing ${toStateText(state.written ?? state.wished)} failed`,
  unknown: ({ state }) => (state.confirmed === null ? 'outcome unknown, nothing was read back' : 'outcome unknown'),
  safe: () => 'fail-safe applied',
};

/** Whether what was read back is felt, where something feels it. */
const toProof = ({ phase }: DeviceState, felt: Felt | null): string => {
  if (felt === null || phase !== 'confirmed') return '';
  return felt.isProven === true ? ' and proven' : ', not proven';
};

const toStanding = (state: DeviceState, isOverdue: boolean, { time, at }: Moment): string => {
  if (state.phase === null) return state.confirmed === null ? 'nothing known of it yet' : 'read back, nothing wished yet';
  const until = state.until === undefined ? '' : ` until ${time.moment(state.until, at)}`;
  return standings[state.phase]({ state, isOverdue, until });
};
