import type { Entry, Lsn } from '@phloem/protocol';
import type { Moment } from './claim.ts';

/** Something in the window that a reader of the result must know of. */
export type WindowEvent = Moment & {
  readonly kind: 'absent' | 'gap' | 'recorded' | 'bundle' | 'site' | 'override' | 'trip' | 'no-lease' | 'unusable';
  /** What it is about: a device, an interlock, a hash, or the entries that are missing. */
  readonly about: string;
};

/** How much of the window is known. Milliseconds of the hub's running time. */
export type Coverage = {
  readonly knownMs: number;
  /** The hub did not run: nothing was read, and nothing was commanded. */
  readonly absentMs: number;
  /** Entries are missing: what happened is not known. */
  readonly lostMs: number;
  /** Within `knownMs`: readings of a simulator stood among the inputs. */
  readonly simulatedMs: number;
  /** Within `knownMs`: the simulated past of a demonstration. Nothing of it was recorded. */
  readonly simulatedPastMs: number;
  /** Within `knownMs`: a device was overridden. */
  readonly overriddenMs: number;
  /** Within `knownMs`: no service held the lease. */
  readonly unservedMs: number;
};

export type CoverageState = {
  readonly coverage: Coverage;
  readonly last: Moment | null;
  readonly simulated: ReadonlySet<string>;
  /** Until when each device is overridden, in `up`. */
  readonly overrides: ReadonlyMap<string, number>;
  readonly isServed: boolean;
};

export const noCoverage: CoverageState = {
  coverage: { knownMs: 0, absentMs: 0, lostMs: 0, simulatedMs: 0, simulatedPastMs: 0, overriddenMs: 0, unservedMs: 0 },
  last: null,
  simulated: new Set(),
  overrides: new Map(),
  isServed: false,
};

/** The hub appends a pulse every second: a longer silence means that it did not run. */
export const silenceMs = 5000;
/** A simulated past has an instant every ten seconds. */
const pastSilenceMs = 30_000;

/** Whether an entry belongs to the simulated past of a demonstration: no log has negative numbers. */
export const isSimulatedPast = ({ lsn }: Pick<Entry, 'lsn'>): boolean => lsn < 0;

/** Whether the log begins at this entry, after a simulated past. */
export const isFirstRecorded = (entry: Pick<Entry, 'lsn'>, last: Lsn | null): boolean =>
  last !== null && last < 0 && !isSimulatedPast(entry);

const toSilence = (last: Lsn | null): number => (last !== null && last < 0 ? pastSilenceMs : silenceMs);

/** Whether entries before this one are missing: it is a gap, or its number does not follow the one before. */
const isLost = (entry: Entry, last: Lsn | null): boolean =>
  entry.kind === 'gap' || (last !== null && entry.lsn > last + 1 && !isFirstRecorded(entry, last));

/**
 * Accounts for the time up to an entry. Pure. `isCounting` says whether the time since the entry before belongs to the window;
 * `isMeant` picks the leases that matter.
 */
export const stepCoverage = (
  state: CoverageState,
  entry: Entry,
  { isCounting, isMeant }: { readonly isCounting: boolean; readonly isMeant: (scope: string) => boolean },
): CoverageState => {
  const { last } = state;
  const elapsed = last === null ? 0 : Math.max(0, entry.up - last.up);
  const coverage = isCounting && elapsed > 0 ? addTime(state, entry, elapsed) : state.coverage;
  return { ...noteEntry(state, entry, isMeant), coverage, last: { lsn: entry.lsn, at: entry.at, up: entry.up } };
};

const addTime = ({ coverage, last, simulated, overrides, isServed }: CoverageState, entry: Entry, elapsed: number): Coverage => {
  if (isLost(entry, last?.lsn ?? null)) return { ...coverage, lostMs: coverage.lostMs + elapsed };
  if (elapsed > toSilence(last?.lsn ?? null)) return { ...coverage, absentMs: coverage.absentMs + elapsed };
  const isPast = last !== null && isSimulatedPast(last);
  const isOverridden = overrides.size > 0 && [...overrides.values()].some((until) => until >= entry.up);
  return {
    ...coverage,
    knownMs: coverage.knownMs + elapsed,
    simulatedMs: coverage.simulatedMs + (isPast || simulated.size > 0 ? elapsed : 0),
    simulatedPastMs: coverage.simulatedPastMs + (isPast ? elapsed : 0),
    overriddenMs: coverage.overriddenMs + (isOverridden ? elapsed : 0),
    unservedMs: coverage.unservedMs + (isServed ? 0 : elapsed),
  };
};

const noteEntry = (state: CoverageState, entry: Entry, isMeant: (scope: string) => boolean): CoverageState => {
  switch (entry.kind) {
    case 'sensor': {
      const key = `${entry.location}/${entry.cluster}`;
      const isSimulated = Object.values(entry.readings).some(({ q }) => q === 'simulated');
      if (isSimulated === state.simulated.has(key)) return state;
      return { ...state, simulated: new Set([...state.simulated].filter((each) => each !== key).concat(isSimulated ? [key] : [])) };
    }
    case 'override': {
      const others = [...state.overrides].filter(([device, until]) => device !== entry.device && until >= entry.up);
      const isOver = entry.released === true || entry.value === undefined;
      return { ...state, overrides: new Map(isOver ? others : [...others, [entry.device, entry.up + (entry.forMs ?? Infinity)]]) };
    }
    case 'lease':
      return isMeant(entry.scope) ? { ...state, isServed: entry.holder !== null } : state;
    default:
      return state;
  }
};

/** What an entry adds to the events of the window; null for nothing. */
export const toWindowEvent = ({ last }: CoverageState, entry: Entry, isMeant: (scope: string) => boolean): WindowEvent | null => {
  const { lsn, at, up } = entry;
  const event = (kind: WindowEvent['kind'], about: string): WindowEvent => ({ kind, about, lsn, at, up });
  if (entry.kind === 'gap') return event('gap', `entries ${entry.from} to ${entry.to}`);
  if (isFirstRecorded(entry, last?.lsn ?? null)) return event('recorded', 'the log begins');
  if (last !== null && lsn > last.lsn + 1) return event('gap', `entries ${last.lsn + 1} to ${lsn - 1}`);
  if (last !== null && up - last.up > toSilence(last.lsn)) return event('absent', `${Math.round((up - last.up) / 1000)} s`);
  switch (entry.kind) {
    case 'site':
      return event('site', entry.hash);
    case 'bundle':
      return entry.mode === 'shadow' || !isMeant(entry.scope) ? null : event('bundle', entry.hash);
    case 'override':
      return entry.released === true || entry.value === undefined ? null : event('override', entry.device);
    case 'interlock':
      return entry.state === 'tripped' ? event('trip', entry.id) : null;
    case 'lease':
      return isMeant(entry.scope) && entry.holder === null ? event('no-lease', entry.scope) : null;
    default:
      return null;
  }
};
