import type { OwnPause } from './own-pause.ts';
import type { Author, DeviceValue, EntryDraft, Phase, Position, Reason, Term } from '@phloem/protocol';
import type { ReadBackOutcome, WriteOutcome } from '../field/field-port.ts';
import type { Restricted } from '../interlocks/interlock-service.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord } from '../store/hub-store.ts';
import type { DeviceRun } from '@phloem/rules';
import type { Override, OverrideOrder } from './override-order.ts';

/**
 * Who decides over a device now, interlocks and overrides aside: these come before all of it (DE1), as a restriction,
 * and leave the mode as it is.
 */
export type Mode =
  /** Its output has not been read yet (DE5); requests wait. */
  | { readonly kind: 'starting'; readonly isReading: boolean; readonly readAgainUp: number }
  /** The standing request under a live lease. */
  | { readonly kind: 'free' }
  /**
   * Fail-safe, first part: the output is left as it is, for a while. `value` is what it is put back to where an interlock
   * or an override had changed it meanwhile; null where none had.
   */
  | { readonly kind: 'holding'; readonly untilUp: number; readonly value: DeviceValue | null }
  /** Fail-safe: the output is driven to `value`. `isFinal` when the hub ends: tried, and not for ever. */
  | { readonly kind: 'safe'; readonly value: DeviceValue; readonly why: Reason; readonly isFinal: boolean };

/** Written, or perhaps written (not `isEchoed`); read back, and again at `againUp`, until `deadlineUp`. */
export type Verifying = {
  readonly kind: 'verifying';
  readonly record: CommandRecord;
  readonly attempt: number;
  readonly isReading: boolean;
  readonly againUp: number;
  readonly startUp: number;
  readonly deadlineUp: number;
  readonly isEchoed: boolean;
  /** The smallest distance from the value that was read so far; null before the first reading. */
  readonly distance: number | null;
};

/** How far the command that is being carried out has come. It leaves each stage only by the answer that it waits for. */
export type Flight =
  | { readonly kind: 'rest' }
  /** INTENT is stored, and waits to be on disk. */
  | { readonly kind: 'syncing'; readonly record: CommandRecord }
  /** `value` is what goes out now; on a ramp it is not yet the record's. `following`: a refresh while the device still moves. */
  | {
      readonly kind: 'writing';
      readonly record: CommandRecord;
      readonly attempt: number;
      readonly value: DeviceValue;
      readonly following: Verifying | null;
    }
  /** On its way to the record's value by steps that `slew` allows; `value` went out last, the next at `againUp`. */
  | {
      readonly kind: 'ramping';
      readonly record: CommandRecord;
      readonly attempt: number;
      readonly value: number;
      readonly againUp: number;
    }
  | Verifying
  /** The value that stands is written again, for a unit that falls back without it. */
  | { readonly kind: 'refreshing'; readonly value: DeviceValue }
  /** A safe state that could not be confirmed; written again at `againUp`. */
  | { readonly kind: 'pausing'; readonly record: CommandRecord; readonly attempt: number; readonly againUp: number };

/**
 * The alarms of a device. All are over when it does as it should, but `latched`, which waits for an operator,
 * `contradicted`, which lasts as long as interlocks leave it no value but its safe one, and `override-ends`, the notice
 * that an override is about to leave it.
 */
export const alarmNames = ['discrepancy', 'silent', 'unknown', 'failed', 'latched', 'contradicted', 'override-ends'] as const;
/** Those that are over as soon as the device answers; the others of the passing ones when it does as commanded. */
export const answeringAlarms = ['silent', 'unknown'] as const satisfies readonly (typeof alarmNames)[number][];
export const passingAlarms = ['discrepancy', 'silent', 'unknown', 'failed'] as const satisfies readonly (typeof alarmNames)[number][];
export type AlarmName = (typeof alarmNames)[number];

/** What interlocks, or an override, leave of `base`, which would stand without them; and the entry by which they do. */
export type Restriction = Pick<Restricted, 'value' | 'by' | 'cause'> & {
  readonly why: Reason;
  readonly base: DeviceValue;
  /** An interlock, an operator's override, or a limit of the device's runs. */
  readonly kind: 'interlock' | 'override' | 'limit';
  /** When it ends by itself, in `up`; null where nobody knows. */
  readonly untilUp: number | null;
  /** What is said when it is over. */
  readonly over: Reason;
};

/** Who made the device what it is: what is said again when it answers after a silence. */
export type Proof = { readonly value: DeviceValue; readonly by: Author; readonly why: Reason; readonly cause: Position | null };

/** What people are shown of the device's last change. */
export type Shown = {
  readonly phase: Phase;
  readonly by: Author;
  readonly why: Reason | null;
  readonly since: number;
  /** What it read as then: what nobody was notified of since is no news to a panel either. */
  readonly reading: DeviceValue | null;
  readonly lsn: number;
  readonly until: number | null;
};

/** A write that went out. `between`: the answer was lost, so the device may be anywhere from `low` to `high`; null when it was echoed. */
export type Sent = {
  readonly value: DeviceValue;
  readonly up: number;
  readonly between: { readonly low: number; readonly high: number } | null;
};

/** All that the gate knows of one device. */
export type DeviceMachine = {
  readonly mode: Mode;
  readonly flight: Flight;
  /** What the device said last; null when not known. */
  readonly reading: DeviceValue | null;
  /** What it goes on saying unless it changes by itself; null when nobody can know. */
  readonly expected: DeviceValue | null;
  /** What was written last and echoed. */
  readonly written: DeviceValue | null;
  /** What went out last, a step of a ramp included, and when; null when the device was found or changed otherwise. */
  readonly sent: Sent | null;
  /** Not before this is it written again to keep it from falling back. */
  readonly refreshUp: number;
  /** Until then it may still be on its way to a value that nobody waits for any more. */
  readonly movingUntilUp: number;
  readonly proof: Proof | null;
  /** The last accepted state, until superseded, or cancelled by a grant or by fail-safe. */
  readonly standing: CommandRecord | null;
  /** Accepted and not begun: waits for the flight, a limit, the first reading, or an acknowledgement. */
  readonly nextRequest: CommandRecord | null;
  readonly heldUntilUp: number | null;
  /** The operator's override that stands; it counts even where interlocks leave nothing of it. */
  readonly override: Override | null;
  /** Null while interlocks and an override leave everything as it is. */
  readonly restriction: Restriction | null;
  /** A safe state, or what comes from above, that is to be written as soon as the flight has ended; goes before any request. */
  readonly nextHubCommand: CommandRecord | null;
  /** Until when `nextHubCommand` is held, where it is. */
  readonly safeHeldUntilUp: number | null;
  /** Found with an INTENT and no outcome at the start. */
  readonly unsettled: readonly CommandRecord[];
  /** When its last start or stop was, and which; null when not known. */
  readonly switched: { readonly isOn: boolean; readonly up: number | null } | null;
  /** Its runs of the last hour. */
  readonly runs: readonly DeviceRun[];
  /** Until when a valid lease is known to have covered it; null when that was never so. */
  readonly coveredUp: number | null;
  readonly silentSinceUp: number | null;
  /** Changes by itself, close after one another. */
  readonly unsolicited: { readonly count: number; readonly up: number };
  /** Before this it is not put right again: something fights for it, and a relay is not to chatter. */
  readonly restUntilUp: number;
  readonly alarms: readonly AlarmName[];
  /** The newest value that was written in vain; null when there was none since the hub started. */
  readonly unreached: DeviceValue | null;
  readonly isDraining: boolean;
  readonly shown: Shown | null;
};

/** What is so at the moment of a step. */
export type Now = {
  readonly up: number;
  readonly at: number;
  /** The newest entry of the log. */
  readonly head: Position;
  /** The live lease's term over the device, or null. */
  readonly liveTerm: Term | null;
  /** When a lease over it was last renewed with progress; null when that is not known. */
  readonly renewedUp: number | null;
  /** The last stretch in which the hub itself stood still; null when it has not. */
  readonly pause?: OwnPause | null;
  /** What interlocks leave of a value. */
  readonly restrict: (value: DeviceValue) => Restricted;
  /** A wall time as people read it. */
  readonly toTimeText: (at: number) => string;
};

export type DeviceEvent =
  /** The hub has started; these commands had not ended. */
  | { readonly kind: 'start'; readonly open: readonly CommandRecord[] }
  /** A frame was accepted under a lease that was valid at `validUp`. */
  | { readonly kind: 'request'; readonly record: CommandRecord; readonly validUp: number }
  | { readonly kind: 'granted'; readonly term: Term }
  | { readonly kind: 'synced' }
  | { readonly kind: 'written'; readonly outcome: WriteOutcome }
  | { readonly kind: 'refreshed'; readonly outcome: WriteOutcome }
  | { readonly kind: 'read-back'; readonly outcome: ReadBackOutcome }
  /** A poll, or the first reading after the start. */
  | { readonly kind: 'report'; readonly outcome: ReadBackOutcome }
  /** Interlocks may leave something else of it now. */
  | { readonly kind: 'interlock' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'acknowledge'; readonly by: Author }
  /** An operator takes it manually, or lets it go. */
  | { readonly kind: 'override'; readonly order: OverrideOrder }
  | { readonly kind: 'release'; readonly by: Author; readonly reason: string | null }
  | { readonly kind: 'drive-safe' }
  | { readonly kind: 'drain' };

/** What the shell does, in order: first all that is stored, in one transaction; then the rest. */
export type DeviceEffect =
  | { readonly kind: 'append'; readonly draft: EntryDraft }
  | { readonly kind: 'record'; readonly record: CommandRecord }
  | { readonly kind: 'sync' }
  | { readonly kind: 'write'; readonly record: CommandRecord; readonly value: DeviceValue }
  | { readonly kind: 'refresh'; readonly value: DeviceValue }
  | { readonly kind: 'read-back' }
  | { readonly kind: 'read' };

/** What was known of the device before the hub started. */
export type DevicePast = {
  readonly coveredUp: number | null;
  readonly switched: DeviceMachine['switched'];
  readonly runs: readonly DeviceRun[];
  readonly proof: Proof | null;
  readonly alarms: readonly AlarmName[];
  readonly override: Override | null;
};

export const createDeviceMachine = ({ coveredUp, switched, runs, proof, alarms, override }: DevicePast): DeviceMachine => ({
  mode: { kind: 'starting', isReading: false, readAgainUp: 0 },
  flight: { kind: 'rest' },
  reading: null,
  expected: null,
  written: null,
  sent: null,
  refreshUp: 0,
  movingUntilUp: 0,
  proof,
  standing: null,
  nextRequest: null,
  heldUntilUp: null,
  override,
  restriction: null,
  nextHubCommand: null,
  safeHeldUntilUp: null,
  unsettled: [],
  switched,
  runs,
  coveredUp,
  silentSinceUp: null,
  unsolicited: { count: 0, up: 0 },
  restUntilUp: 0,
  alarms,
  unreached: null,
  isDraining: false,
  shown: null,
});

/** The fixed facts of a step: the device, and the moment. */
export type Facts = { readonly spec: DeviceSpec; readonly now: Now };

/** Claims that the device went to its safe state and waits there for an operator. */
export const isLatched = ({ alarms }: Pick<DeviceMachine, 'alarms'>): boolean => alarms.includes('latched');

/** Claims that the command is the hub's own way to the safe state, or to what comes from above: it needs no lease. */
export const isIssuedByHub = (record: CommandRecord): boolean => record.term === null;
