import {
  alarmIds,
  Fault,
  longestOffsetMs,
  offsetWarningMs,
  reasonOf,
  stepOffsetStatus,
  textReason,
  toPersonText,
  type Author,
  type EntryDraft,
  type LocationId,
  type Lsn,
  type OffsetRequest,
  type OffsetStatus,
  type Reason,
  type SetpointName,
} from '@phloem/protocol';
import { formatOffset, hintForName, toOffsetUnit, type PlanSetpoint } from '@phloem/rules';
import type { LivePlans } from '../documents/live-plans.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/**
 * Where operators move set-points for a while. What is reported is in the log when a call returns, and on disk after
 * `store.sync()`; what stands is in the hub's view.
 */
export type OffsetService = {
  /** The locations that a set-point steers; none where the live rules have no such set-point. */
  steers(setpoint: SetpointName): readonly LocationId[];
  /**
   * The locations that a set-point of the live rules steers: who moves it must be in charge of each.
   *
   * @throws Fault `setpoint/unknown`.
   */
  locationsOf(setpoint: SetpointName): readonly LocationId[];
  /**
   * Moves a set-point; an offset that stood on it ends by it.
   *
   * @returns what stands by it.
   * @throws Fault `setpoint/unknown`, `offset/invalid`, `command/draining`; nothing has changed then.
   */
  move(setpoint: SetpointName, request: OffsetRequest, by: Author): OffsetStatus;
  /**
   * Lets a set-point go back before its time; with an `lsn`, only the offset that was given by that entry.
   *
   * @throws Fault `offset/unknown`, `offset/newer`, `command/draining`.
   */
  release(
    setpoint: SetpointName,
    how: { readonly by: Author; readonly reason: string | null; readonly lsn?: Lsn | undefined },
  ): OffsetStatus;
  /** Ends offsets whose time is over or that the live rules no longer allow, and announces the end before. Called now and then. */
  look(): void;
  /** From here on nobody moves anything. */
  close(): void;
};

export type OffsetServiceParts = {
  readonly store: Pick<HubStore, 'log' | 'clock'>;
  readonly view: Pick<HubView, 'offset' | 'offsets' | 'alarmState'>;
  readonly plans: LivePlans;
  /** A wall time as the site's people read it. */
  readonly toTimeText: (at: number) => string;
};

const toAlarm = (setpoint: SetpointName): string => alarmIds.setpoint(setpoint, 'offset-ends');

export const createOffsetService = ({ store, view, plans, toTimeText }: OffsetServiceParts): OffsetService => {
  const { log, clock } = store;
  /** The unit in which each was moved, as far as that was in this run. */
  const units = new Map<SetpointName, string>();
  let isClosed = false;
  const mustBeOpen = (): void => {
    if (isClosed) throw new Fault('command/draining', 'the hub is shutting down and accepts no commands');
  };
  const find = (setpoint: SetpointName) => findSetpoint(plans, setpoint);
  /** An entry about an offset; the warning that the one before it was about to end is over with that. */
  const say = (draft: Extract<EntryDraft, { kind: 'offset' }>): OffsetStatus => {
    const before = view.offset(draft.setpoint);
    const alarm = toAlarm(draft.setpoint);
    const isWarned = view.alarmState(alarm) !== 'cleared';
    const [entry] = log.append([
      draft,
      ...(isWarned ? [{ kind: 'alarm', alarm, state: 'cleared', priority: 'P4', by: { kind: 'hub' } } as const] : []),
    ]);
    const status = entry?.kind === 'offset' ? stepOffsetStatus(before, entry) : null;
    if (status === null) throw new Error(`the entry about ${draft.setpoint} was not appended`);
    return status;
  };
  const end = (setpoint: SetpointName, by: Author, said: { readonly reason?: string; readonly why?: Reason }): OffsetStatus =>
    say({ kind: 'offset', setpoint, by, released: true, ...said });
  const warn = ({ setpoint, by, until, untilUp, since }: OffsetStatus): void => {
    const leftMs = untilUp - clock.up();
    const alarm = toAlarm(setpoint);
    // One that is short is warning enough by itself.
    if (leftMs > offsetWarningMs || until - since <= offsetWarningMs || view.alarmState(alarm) !== 'cleared') return;
    const why = reasonOf('offset/ending', { setpoint, by, until: clock.at() + leftMs });
    const locations = toLocations(plans.setpoint(setpoint));
    log.append([
      { kind: 'alarm', alarm, state: 'active', priority: 'P4', by: { kind: 'hub' }, why, ...(locations.length > 0 && { locations }) },
    ]);
  };

  return {
    steers: (setpoint) => toLocations(plans.setpoint(setpoint)),
    locationsOf: (setpoint) => toLocations(find(setpoint)),
    move: (setpoint, { delta, reason, forMs }, by) => {
      mustBeOpen();
      const refusal = toRefusal(setpoint, find(setpoint), delta);
      if (refusal !== null) throw new Fault('offset/invalid', refusal);
      units.set(setpoint, toUnit(find(setpoint)));
      if (reason.trim() === '') throw new Fault('offset/invalid', 'an offset needs a reason');
      if (!(forMs > 0 && forMs <= longestOffsetMs)) throw new Fault('offset/invalid', 'an offset needs an end within 24 h');
      return say({ kind: 'offset', setpoint, delta, by, reason: reason.trim(), forMs, until: clock.at() + forMs });
    },
    release: (setpoint, { by, reason, lsn }) => {
      mustBeOpen();
      mustStand(view.offset(setpoint), { setpoint, lsn, toTimeText });
      return end(setpoint, by, reason === null ? {} : { reason });
    },
    look: () => {
      if (isClosed) return;
      for (const status of view.offsets()) {
        const { setpoint, delta, untilUp } = status;
        if (clock.up() >= untilUp) end(setpoint, { kind: 'hub' }, { why: reasonOf('time/over') });
        else {
          const refusal = toWithdrawal(setpoint, delta, plans, units.get(setpoint));
          if (refusal === null) warn(status);
          else end(setpoint, { kind: 'hub' }, { why: refusal });
        }
      }
    },
    close: () => {
      isClosed = true;
    },
  };
};

/** @throws Fault `setpoint/unknown`. */
const findSetpoint = (plans: OffsetServiceParts['plans'], setpoint: SetpointName): readonly PlanSetpoint[] => {
  const found = plans.setpoint(setpoint);
  if (found.length > 0) return found;
  const known = plans.all().flatMap(({ plan }) => plan?.setpoints.map(({ name }) => name) ?? []);
  throw new Fault('setpoint/unknown', `the live rules have no set-point ${setpoint}. ${hintForName(setpoint, known)}`.trim());
};

/** @throws Fault `offset/unknown`, `offset/newer`. */
const mustStand = (
  standing: OffsetStatus | null,
  {
    setpoint,
    lsn,
    toTimeText,
  }: { readonly setpoint: SetpointName; readonly lsn?: number | undefined } & Pick<OffsetServiceParts, 'toTimeText'>,
): void => {
  if (standing === null || standing.isReleased) throw new Fault('offset/unknown', `there is no offset of ${setpoint}`);
  if (lsn === undefined || lsn === standing.lsn) return;
  throw new Fault(
    'offset/newer',
    `there is a newer offset of ${setpoint}, by ${toPersonText(standing.by)} since ${toTimeText(standing.since)}`,
  );
};

const toLocations = (known: readonly PlanSetpoint[]): LocationId[] => [...new Set(known.flatMap(({ locations }) => [...locations]))];

const toUnit = ([first]: readonly PlanSetpoint[]): string => (first === undefined ? '' : toOffsetUnit(first.dimension));

/** Why a set-point is not moved so far; null where it is. */
const toRefusal = (setpoint: SetpointName, known: readonly PlanSetpoint[], delta: number): string | null => {
  if (!Number.isFinite(delta) || delta === 0) return 'an offset must be a number other than 0';
  const own = setpoint.slice(setpoint.lastIndexOf('/') + 1);
  const document = setpoint.slice(0, setpoint.lastIndexOf('/'));
  for (const { reach, dimension } of known) {
    const tell = (far: number): string => formatOffset(far, dimension);
    const example = formatOffset(1, dimension).replace('+', '±');
    if (reach === null) {
      return `${setpoint} may not be moved; to allow it, write under spec in ${document}: offsets: { ${own}: "${example}" }`;
    }
    if (Math.abs(delta) > reach * (1 + 1e-9)) {
      return `${setpoint} may be moved by ${tell(reach).replace('+', '±')} at most, and not by ${tell(delta)}; spec.offsets of ${document} says how far`;
    }
  }
  return null;
};

/** Why an offset that stands is taken back: the rules have been switched. */
const toWithdrawal = (setpoint: SetpointName, delta: number, plans: LivePlans, unit: string | undefined): Reason | null => {
  const known = plans.setpoint(setpoint);
  if (known.length > 0) {
    if (unit !== undefined && toUnit(known) !== unit) return reasonOf('offset/other-kind');
    const refusal = toRefusal(setpoint, known, delta);
    return refusal === null ? null : reasonOf('offset/refused', { because: textReason(refusal.slice(0, 300)) });
  }
  // Rules that this hub cannot read may have it all the same.
  return plans.all().some(({ plan }) => plan === null) ? null : reasonOf('offset/no-setpoint');
};
