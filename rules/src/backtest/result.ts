import type { DeviceId, DocumentHash, Lsn, ScopeId } from '@phloem/protocol';
import { engineVersion } from '../plan/engine-version.ts';
import type { Claim, Horizon, Moment } from './claim.ts';
import {
  compareActions,
  compareEpisodes,
  toFirstAction,
  type ActionComparison,
  type EpisodeComparison,
  type FirstAction,
} from './compare-actions.ts';
import type { Coverage, WindowEvent } from './coverage.ts';
import type { Pass } from './pass.ts';
import { toReconciliation, type Reconciliation } from './reconcile.ts';
import { countSideTime, toCommanded, type Apart, type Side } from './side.ts';
import type { Counts, Episode, Tally } from './tally.ts';

/** What one side did with a device. */
export type DeviceSide = {
  readonly first: FirstAction;
  /** When it ran, the first runs if there are very many. Past its horizon they hold on the recorded readings alone. */
  readonly runs: readonly Episode[];
  readonly starts: Claim;
  readonly switches: Claim;
  readonly onMs: Claim;
  /** How far it moved in all, in its own unit; a switch moves by 1. */
  readonly travel: Claim;
  /** From when on its inputs no longer belong to this side; null where they always do. */
  readonly horizon: Horizon | null;
};

export type DeviceComparison = {
  readonly device: DeviceId;
  readonly baseline: DeviceSide;
  readonly candidate: DeviceSide;
  readonly action: ActionComparison;
  /** When the candidate first had it in another state than it was. */
  readonly firstDifference: Moment | null;
  readonly episodes: readonly EpisodeComparison[];
  /** Stretches of another state, the first ones if there are very many. */
  readonly apart: readonly Apart[];
};

export type AlarmComparison = { readonly alarm: string; readonly baseline: Claim; readonly candidate: Claim };

/** What a back-test found. Everything in it follows from the entries and the documents. */
export type BacktestResult = {
  readonly kind: 'backtest';
  readonly mode: 'open-loop';
  readonly engine: string;
  readonly candidate: DocumentHash;
  /** Null: what was live at each entry. */
  readonly baseline: DocumentHash | null;
  readonly scope: ScopeId | null;
  readonly window: {
    readonly from: number;
    readonly to: number;
    /** What was counted: less than was asked for where the log is shorter, or memories were still cold. Null: nothing. */
    readonly counted: { readonly first: Moment; readonly last: Moment } | null;
    /** How much of the beginning was cold. */
    readonly coldMs: number;
    readonly after: Lsn;
  };
  readonly coverage: Coverage;
  readonly events: readonly WindowEvent[];
  readonly devices: readonly DeviceComparison[];
  readonly alarms: readonly AlarmComparison[];
  /** Null where the replay did not begin in a known state. */
  readonly reconciliation: Reconciliation | null;
};

/** How far a back-test is. */
export type BacktestProgress = {
  readonly lsn: number;
  readonly at: number;
  readonly phase: Pass['phase'];
  /** What was found so far; valid until the next step. */
  readonly partial: () => BacktestResult;
};

/** What a pass came to. */
export const toResult = (pass: Pass): BacktestResult => {
  const { options, candidate, live, first, last, coverage, events } = pass;
  const baseline = pass.baseline ?? live;
  const { knownMs } = coverage.coverage;
  for (const side of [live, candidate, baseline]) countSideTime(side, knownMs);
  const devices = [...new Set([...toCommanded(candidate), ...toCommanded(baseline)])].toSorted();
  const counted = first === null || last === null ? null : { first, last };
  return {
    kind: 'backtest',
    mode: 'open-loop',
    engine: engineVersion,
    candidate: options.candidate,
    baseline: options.baseline,
    scope: candidate.state.running?.program.plan.scope ?? null,
    window: {
      from: options.from,
      to: options.to,
      counted,
      coldMs: counted === null ? 0 : Math.max(0, counted.first.at - options.from),
      after: options.start.after,
    },
    coverage: coverage.coverage,
    events,
    devices: counted === null ? [] : devices.map((device) => toDevice(device, baseline, candidate, coverage.coverage)),
    alarms: counted === null ? [] : toAlarms(baseline, candidate, coverage.coverage),
    reconciliation: options.start.isExact ? toReconciliation(pass.reconcile) : null,
  };
};

const maxRuns = 2000;
const noCounts: Counts = { starts: 0, switches: 0, onMs: 0, travel: 0 };

const toDevice = (device: DeviceId, baseline: Side, candidate: Side, coverage: Coverage): DeviceComparison => {
  const [one, other] = [toDeviceSide(device, baseline, coverage), toDeviceSide(device, candidate, coverage)];
  const open = candidate.apart.get(device);
  return {
    device,
    baseline: one,
    candidate: other,
    action: compareActions(one.first, other.first),
    firstDifference: candidate.divergence.differs.get(device) ?? null,
    episodes: compareEpisodes(episodesOf(baseline, device), episodesOf(candidate, device), earlier(one.horizon, other.horizon)),
    apart: [...candidate.moments.filter((each) => each.device === device), ...(open === undefined ? [] : [open])],
  };
};

const episodesOf = ({ tallies }: Side, device: DeviceId): Tally['episodes'] => tallies.get(device)?.episodes ?? [];

const earlier = (one: Horizon | null, other: Horizon | null): Horizon | null =>
  one === null || other === null ? (one ?? other) : one.lsn <= other.lsn ? one : other;

const toDeviceSide = (device: DeviceId, side: Side, { lostMs, absentMs }: Coverage): DeviceSide => {
  const horizon = side.divergence.horizons.get(device) ?? null;
  const tally: Counts = side.tallies.get(device) ?? noCounts;
  const until: Counts = side.untilHorizon.get(device) ?? noCounts;
  const count = (key: keyof Counts): Claim => {
    if (horizon !== null) return { kind: 'undetermined', atLeast: until[key], since: horizon };
    const value = tally[key];
    if (key === 'onMs')
      return lostMs + absentMs > 0 ? { kind: 'between', min: value, max: value + lostMs + absentMs } : { kind: 'known', value };
    // While the hub did not run it commanded nothing. Where entries are missing, nobody knows.
    return lostMs > 0 ? { kind: 'between', min: value, max: null } : { kind: 'known', value };
  };
  return {
    first: toFirstAction(episodesOf(side, device), horizon),
    runs: episodesOf(side, device).slice(0, maxRuns),
    starts: count('starts'),
    switches: count('switches'),
    onMs: count('onMs'),
    travel: count('travel'),
    horizon,
  };
};

const toAlarms = (baseline: Side, candidate: Side, coverage: Coverage): readonly AlarmComparison[] => {
  const alarms = [...new Set([...baseline.alarms.keys(), ...candidate.alarms.keys()])].toSorted();
  return alarms.map((alarm) => ({
    alarm,
    baseline: toAlarmClaim(alarm, baseline, coverage),
    candidate: toAlarmClaim(alarm, candidate, coverage),
  }));
};

/** What an alarm rests on is not asked: past the first horizon of any device, all alarms are undetermined. */
const toAlarmClaim = (alarm: string, { alarms, divergence }: Side, { lostMs }: Coverage): Claim => {
  const value = alarms.get(alarm)?.raised ?? 0;
  const [since] = [...divergence.horizons.values()].toSorted((a, b) => a.lsn - b.lsn);
  if (since !== undefined) return { kind: 'undetermined', atLeast: 0, since };
  return lostMs > 0 ? { kind: 'between', min: value, max: null } : { kind: 'known', value };
};
