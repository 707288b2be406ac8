import { Type } from 'typebox';
import type { Author } from '../author.ts';
import type { DeviceValue } from '../device-value.ts';
import type { RegisterSpan } from '../registers/exceptions.ts';
import type { CommandReasonParams } from './command-reason.ts';

/** A limit in time of a device. */
export type LimitName = 'min-on' | 'min-off' | 'starts-per-hour' | 'max-on-per-hour' | 'max-run';
/** What a command had not reached when it ended. */
export type CommandStage = 'written' | 'confirmed';
/** What the hub does about a device that is not as requested. */
export type Remedy =
  | { readonly kind: 'corrected' | 'safe-state' | 'left' | 'next-request' | 'retried' }
  | { readonly kind: 'above'; readonly because: Reason }
  /** `value` is null where the fail-safe leaves the device as it is. */
  | { readonly kind: 'fail-safe'; readonly value: DeviceValue | null; readonly isLatching: boolean };

/** Nothing but its code says it. */
type None = Readonly<Record<string, never>>;
type Because = { readonly because: Reason };

/** Why the gate refuses a frame (CO3). */
type RefusalParams = {
  readonly 'command/no-value': None;
  readonly 'command/ttl': { readonly ttlMs: number | null; readonly minMs: number; readonly maxMs: number };
  readonly 'command/draining': None;
  readonly 'command/term': { readonly term: number };
  readonly 'command/unknown-device': { readonly device: string };
  readonly 'command/scope': { readonly scope: string };
  readonly 'command/value': { readonly value: DeviceValue };
  readonly 'command/op': None;
  readonly 'command/late': { readonly agoMs: number; readonly ttlMs: number };
  readonly 'command/cause-lost': { readonly lsn: number };
  /** A momentary command would have to wait. */
  readonly 'command/busy': Because;
  readonly 'command/in-progress': None;
};

/** Why a command ended without a write, or waits for one. Wall times (`until`, `since`) are in ms since 1970. */
type CommandParams = {
  readonly 'command/superseded': { readonly before: CommandStage };
  readonly 'command/lease-ended': { readonly before: CommandStage };
  readonly 'command/new-term': { readonly term: number };
  readonly 'command/momentary-blocked': Because;
  readonly 'command/within-deadband': Because;
  readonly 'command/unconfirmed': Because;
  readonly 'hub/draining': { readonly before: CommandStage };
  readonly 'hub/stopped': { readonly before?: CommandStage };
  readonly 'hub/restarted': { readonly found: 'not-written' | 'not-done' | 'not-reached' | 'unknown' };
  readonly 'hub/no-time': { readonly limit: LimitName };
  readonly 'site/no-device': None;
  readonly 'site/changed': None;
  readonly 'site/left-unknown': { readonly value: DeviceValue; readonly because: Reason };
  readonly 'site/no-interlock': None;
  readonly 'limit/waiting': { readonly limit: LimitName; readonly until: number; readonly because?: Reason };
  readonly 'limit/active': { readonly limit: LimitName; readonly leftMs: number };
  readonly 'limit/reached': { readonly limit: LimitName; readonly until: number | null };
  readonly 'limit/over': None;
  readonly 'chatter/waiting': { readonly until: number };
  /** `perMinute` is in the unit of the device; null where the end of the ramp is not known. */
  readonly 'ramp/moving': { readonly perMinute: number; readonly until: number; readonly because: Reason } | None;
};

/** What comes from above a request: interlocks, overrides, fail-safe. */
type AboveParams = {
  readonly 'interlock/restricts': { readonly interlocks: readonly string[]; readonly value: DeviceValue };
  readonly 'interlock/contradiction': { readonly interlocks: readonly string[] };
  /** An interlock came to stand so. `because` is its condition with the numbers; a latch waits whatever it is. */
  readonly 'interlock/state': { readonly interlock: string; readonly state: 'clear' | 'tripped' | 'latched'; readonly because: string };
  readonly 'interlock/reset': { readonly by: Author };
  readonly 'interlock/clear': { readonly interlocks: readonly string[] };
  readonly 'override/active': { readonly by: Author; readonly until: number; readonly reason: string };
  readonly 'override/present': None;
  readonly 'override/ending': { readonly by: Author; readonly until: number };
  /** An override or an offset has reached its end. */
  readonly 'time/over': None;
  /** The live rules cannot have the offset any more. */
  readonly 'offset/other-kind': None;
  readonly 'offset/no-setpoint': None;
  readonly 'offset/refused': Because;
  readonly 'override/ended': { readonly by: Author };
  readonly 'fail-safe/interrupted': None;
  readonly 'fail-safe/released': None;
  readonly 'fail-safe/not-commanded': None;
  readonly 'fail-safe/no-automation': { readonly afterMs: number };
  readonly 'fail-safe/hold-over': None;
  /** `note` is what the site says about leaving the device as it is. */
  readonly 'fail-safe/holding': { readonly because: Reason; readonly note: string };
  readonly 'fail-safe/overridden': { readonly because: Reason; readonly override: Reason };
  readonly 'fail-safe/awaiting-operator': None;
  readonly 'fail-safe/latched': Because;
  readonly 'safe-state/superseded': None;
  readonly 'safe-state/unconfirmed': Because;
  readonly 'operator/acknowledged': { readonly by: Author };
};

/** What the hub found out about a device. */
type DeviceParams = {
  readonly 'device/found': None;
  readonly 'device/answers': None;
  readonly 'device/unread': None;
  readonly 'device/position-unknown': None;
  readonly 'device/silent': { readonly since: number; readonly isAnswered: boolean; readonly because: Reason };
  readonly 'device/no-read-back': Because;
  readonly 'device/unsolicited-change': {
    readonly expected: DeviceValue;
    readonly read: DeviceValue;
    readonly since: number;
    readonly isRepeated?: true;
    readonly remedy?: Remedy;
  };
  readonly 'device/discrepancy': {
    readonly expected: DeviceValue;
    readonly read: DeviceValue;
    readonly since: number | null;
    readonly writes: number;
    readonly remedy?: Remedy;
  };
  /** Why a request was not sent in time: the load, the silence of its own unit, or that of others. */
  readonly 'bus/busy': None;
  readonly 'bus/unit-silent': { readonly unit: number };
  readonly 'bus/held-up': { readonly units: readonly number[] };
  readonly 'bus/no-connection': None;
  readonly 'bus/closed': None;
  readonly 'pulse/over': None;
  readonly 'write/uncertain': Because;
  /** Words of a node that has no code for its reason, or of a log that an older version wrote. */
  readonly text: { readonly text: string };
};

/** Points or devices: the first few of their titles, how many titles there are, and how many things. */
export type NamedThings = { readonly names: readonly string[]; readonly titles: number; readonly count: number };
/** What depends on a part of the field: the titles of its rooms, and what of them cannot be read or switched. */
export type Missing = { readonly rooms: readonly string[]; readonly points: NamedThings; readonly devices: NamedThings };

type Unit = { readonly bus: string; readonly unit: number };
/** `missing` is left out where nothing depends on it. */
type Field = { readonly missing?: Missing };
type Registers = Unit & Field & RegisterSpan & { readonly isOthersRead: boolean };

/** Why entries are not in the log any more. */
export type GapParams = {
  readonly 'log/damaged': None;
  readonly 'log/not-found': None;
  readonly 'log/expired': None;
  readonly 'log/size-limit': None;
};

/** Why an alarm is active that the hub raises of itself and of what it is connected to. Sizes are in bytes. */
export type HubAlarmParams = {
  readonly 'log/needed-entries-removed': None;
  readonly 'log/repaired': { readonly kept: string; readonly entries: number; readonly lost: number };
  readonly 'hub/was-away': { readonly forMs: number; readonly isInOrder: boolean };
  /** `byMs` is below zero where the clock was set back. */
  readonly 'hub/clock-set': { readonly byMs: number };
  readonly 'disk/low': { readonly free: number };
  readonly 'disk/full': { readonly free: number };
  readonly 'history/building': { readonly entries: number };
  readonly 'history/unwritable': { readonly because: Reason };
  readonly 'automation/not-running': { readonly devices: number };
  readonly 'bridge/behind': {
    readonly bridge: string;
    readonly entries: number;
    readonly forMs: number;
    readonly isRunning: boolean;
    /** Its last error, where it has one. */
    readonly because?: Reason;
  };
  readonly 'bridge/stopped': { readonly bridge: string; readonly because?: Reason };
  /** `lastAt` is when it delivered last; null for never. */
  readonly 'notification/failing': { readonly channel: string; readonly because: Reason; readonly lastAt: number | null };
  readonly 'cursor/behind': { readonly node: string };
  readonly 'cursor/lost': { readonly node: string };
  readonly 'source/silent': { readonly source: string; readonly node: string; readonly forMs: number };
  readonly 'node/duplicate': { readonly node: string };
  readonly 'offset/ending': { readonly setpoint: string; readonly by: Author; readonly until: number };
  /** `day` is the day of the site on which it was due: `2026-11-23`. */
  readonly 'calibration/due': { readonly title?: string; readonly day: string };
  readonly 'device/feedback-mismatch': {
    readonly confirmed: DeviceValue;
    readonly title: string;
    readonly read: number | boolean | null;
    readonly forMs: number;
  };
};

/** Why an alarm of the field is active. `seen` is what came instead of an answer. */
export type FieldAlarmParams = {
  /** `isPartial`: some units answer, but most do not. */
  readonly 'bus/silent': { readonly bus: string; readonly isPartial: boolean; readonly seen?: Reason } & Field;
  readonly 'unit/silent': Unit & { readonly seen?: Reason } & Field;
  /** The unit says nothing when these registers are asked for. */
  readonly 'register/unanswered': Registers & { readonly because: Reason };
  /** The unit refuses these registers with an exception. */
  readonly 'register/refused': Registers & { readonly exception: number };
};

/** Why an alarm that a document defines is active. A `title` is what the document calls it; conditions are said with their numbers. */
export type DocumentAlarmParams = {
  readonly 'alarm/condition': { readonly title: string; readonly because: string };
  /** `value` and `limit` have their units; null where they are not known. */
  readonly 'alarm/limit': {
    readonly title: string;
    readonly value: string | null;
    readonly limit: string | null;
    readonly side: 'below' | 'above' | 'near';
  };
  readonly 'alarm/last-known': { readonly title: string };
  /** `subject`: what cannot be checked, or words of the document in place of that. */
  readonly 'alarm/unknown': {
    readonly subject: { readonly kind: 'alarm' | 'limits' | 'text'; readonly title: string };
    readonly forMs: number;
    readonly because: Reason;
  };
};

/** What an instrument holds, as in its registers. */
type Raw = { readonly raw: number | boolean };
/** `register` is the address on the wire of one that stands beside the value's own; left out for its own. */
type Beside = { readonly register?: number };

/** Why a reading is not good, or has no value. Numbers are in the canonical unit of the point unless they are `raw`. */
export type ReadingParams = {
  /** Nothing but its quality is known of it. */
  readonly 'reading/quality': { readonly quality: string };
  readonly 'reading/never-read': None;
  readonly 'reading/overdue': { readonly because?: Reason };
  readonly 'reading/demonstration': None;
  readonly 'reading/maintenance': { readonly by: Author; readonly until: number; readonly reason: string };
  /** The source that sends the point has no value; `said` is what it gave as the reason. */
  readonly 'reading/source-has-none': { readonly said?: string };
  readonly 'reading/refused': { readonly unit: number; readonly exception: number } & RegisterSpan;
  readonly 'reading/too-short': None;
  readonly 'reading/no-number': Beside;
  readonly 'reading/no-value': Raw & Beside;
  readonly 'reading/neither-on-nor-off': Raw & { readonly on?: number; readonly off?: number };
  readonly 'reading/unnamed': Raw;
  readonly 'reading/no-mode': Raw;
  readonly 'reading/marked-invalid': { readonly register: number; readonly raw: number };
  readonly 'reading/no-scale': { readonly register: number; readonly raw: number };
  /** Outside of the range of the point or, in its own units, of the device. */
  readonly 'reading/outside': { readonly read: number | string; readonly min: number | string; readonly max: number | string };
  readonly 'reading/limited': { readonly read: number; readonly limit: number; readonly unit: string };
  readonly 'reading/calibrated-past-limit': { readonly read: number; readonly limit: number };
  readonly 'reading/too-fast': { readonly moved: number; readonly withinMs: number; readonly most: number; readonly perMs: number };
  readonly 'reading/no-inputs': None;
  /** `because` is left out where the quality of the input is all that is known of it. */
  readonly 'reading/input': { readonly point: string; readonly quality: string; readonly because?: Reason };
  readonly 'reading/no-result': { readonly formula: string };
  readonly 'sum/began-late': None;
  readonly 'sum/unknown-time': { readonly forMs: number };
  readonly 'sum/no-light': None;
  readonly 'sum/partly-simulated': None;
  readonly 'counter/wrapped-unseen': None;
  readonly 'counter/restarted': { readonly from: number; readonly to: number };
  readonly 'counter/too-fast': { readonly from: number; readonly to: number };
  /** Between two ends of a bus: what a unit answered was not an answer to the request. */
  readonly 'bus/wrong-answer': { readonly expected: 'read' | 'write' };
  /** A unit refused a request. */
  readonly 'bus/exception': { readonly exception: number };
};

/** Why a stretch has no values, or its marks are not known. */
export type HistoryParams = {
  readonly 'history/hub-away': None;
  readonly 'history/clock-forward': None;
  readonly 'history/entries-lost': { readonly from: number; readonly to: number; readonly because: Reason };
  readonly 'history/not-kept': None;
  readonly 'history/not-built': None;
  readonly 'history/too-many-gaps': None;
};

/** By code, what a reason consists of. This is the one table of codes; the sentences are in `sentences.ts`. */
export type ReasonParams = RefusalParams &
  CommandParams &
  AboveParams &
  DeviceParams &
  ReadingParams &
  CommandReasonParams &
  GapParams &
  HistoryParams &
  HubAlarmParams &
  FieldAlarmParams &
  DocumentAlarmParams;
export type ReasonCode = keyof ReasonParams;

/** Why something is as it is, as data: programs branch on `code`, and `renderReason` makes the sentence. */
export type Reason<C extends ReasonCode = ReasonCode> = {
  [K in ReasonCode]: { readonly code: K; readonly params: ReasonParams[K] };
}[C];

/** A reason as it travels: a hub may know codes that a node does not. */
export const Reason = Type.Unsafe<Reason>(
  Type.Object(
    { code: Type.String({ minLength: 1, maxLength: 64 }), params: Type.Record(Type.String(), Type.Unknown()) },
    { additionalProperties: false },
  ),
);

/** A reason with its sentence, as HTTP answers give it. */
export type RenderedReason = Reason & { readonly message?: string };
export const RenderedReason = Type.Unsafe<RenderedReason>(
  Type.Object(
    {
      code: Type.String({ description: 'what programs branch on' }),
      params: Type.Record(Type.String(), Type.Unknown(), { description: 'what the sentence is made of' }),
      message: Type.Optional(Type.String({ description: 'the sentence, for people' })),
    },
    { description: 'why it is so' },
  ),
);

type Arguments<C extends ReasonCode> = None extends ReasonParams[C] ? [params?: ReasonParams[C]] : [params: ReasonParams[C]];

/** Makes a reason. */
export const reasonOf = <C extends ReasonCode>(code: C, ...[params]: Arguments<C>): Reason<C> =>
  ({ code, params: params ?? {} }) as unknown as Reason<C>;

/** A reason in words that have no code. */
export const textReason = (text: string): Reason<'text'> => ({ code: 'text', params: { text } });

const isReason = (value: unknown): value is Reason => typeof value === 'object' && value !== null && 'code' in value && 'params' in value;

/** A reason with all the reasons that it rests on, itself first. */
export const reasonParts = (reason: Reason): readonly Reason[] => [
  reason,
  ...Object.values(reason.params).flatMap((value: unknown) =>
    (Array.isArray(value) ? value : [value]).filter(isReason).flatMap(reasonParts),
  ),
];

/** The interlocks that a reason rests on. */
export const reasonInterlocks = (reason: Reason): readonly string[] =>
  reasonParts(reason).flatMap((part) =>
    part.code === 'interlock/restricts' || part.code === 'interlock/contradiction' ? part.params.interlocks : [],
  );

/** The rule whose request a reason rests on; null where none does. */
export const reasonRule = (reason: Reason): string | null =>
  reasonParts(reason).flatMap((part) =>
    part.code === 'rule/requests' || part.code === 'rule/still-requests' || part.code === 'loop/controls' ? [part.params.rule] : [],
  )[0] ?? null;

/** The codes by which the hub says that a frame came too long after its cause: the device is decided again then (CO3). */
export const isTooLate = ({ code }: Reason): boolean => code === 'command/late' || code === 'command/cause-lost';
