import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { deviceShapeParts } from '../device-kind.ts';
import { AlarmGuidance, AlarmPriority, DeviceValue, InterlockPhase, Phase, Quality, UpTime, WallTime } from '../entries/entry.ts';
import { NamedValues } from '../named-values.ts';
import { DeviceId, LocationId, Lsn, NodeId, PointId, ScopeId, SubscriptionId, Term } from '../names.ts';
import { OffsetStatus } from '../http/offset-status.ts';
import { readUnknownAs } from '../open-schema.ts';
import { quantityNames } from '../quantity.ts';
import { Reason } from '../reasons/index.ts';
import { ValueReport } from './stream.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A length of time on the wire, in milliseconds. */
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });

/** What a panel must know of a point to draw it. */
export const PointLayout = Type.Object(
  {
    id: PointId,
    quantity: Type.Enum([...quantityNames], readUnknownAs('number')),
    intervalMs: Duration,
    decimals: Type.Integer({ minimum: 0, maximum: 6 }),
    title: Type.String({ maxLength: 120 }),
    isDerived: Type.Boolean(),
    /** Outside of it a value is `bad`, in the canonical unit; null where nobody said. */
    range: Type.Union([Type.Object({ min: Type.Number(), max: Type.Number() }, closed), Type.Null()]),
    /** What its values are called, where its instrument lists them. */
    names: Type.Optional(NamedValues),
    /** The source that sends it; left out where the hub reads or calculates it. */
    source: Type.Optional(Type.String({ maxLength: 63 })),
  },
  closed,
);
/** The limits in time that a device has; one that is left out it does not have. */
export const DeviceLimits = Type.Object(
  {
    minOnMs: Type.Optional(Duration),
    minOffMs: Type.Optional(Duration),
    /** `minOff` holds against everybody, a safe state that switches on and an interlock included. */
    isCompressor: Type.Optional(Type.Boolean()),
    /** The time in which it follows a command, where that is more than a moment. */
    settleMs: Type.Optional(Duration),
    /** The longest override that the site allows. */
    maxOverrideMs: Duration,
  },
  closed,
);
/**
 * The run feedback of a device: a point that is true while it runs, or greater than `above` (in its canonical unit), at
 * the latest `withinMs` after the device was read back.
 */
export const DeviceFeedback = Type.Object({ point: PointId, above: Type.Union([Type.Number(), Type.Null()]), withinMs: Duration }, closed);
/** What a panel must know of a device to draw it. */
export const DeviceLayout = Type.Object(
  {
    id: DeviceId,
    ...deviceShapeParts,
    title: Type.String({ maxLength: 120 }),
    power: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    failSafe: Type.Object({ afterMs: Duration, value: Type.Union([DeviceValue, Type.Null()]) }, closed),
    limits: DeviceLimits,
    feedback: Type.Optional(DeviceFeedback),
  },
  closed,
);
/** What is there: the locations, points and devices of the active site, in the order of its documents. */
export const SiteLayout = Type.Object(
  {
    hash: Type.String(),
    revision: Count,
    title: Type.String({ maxLength: 120 }),
    timeZone: Type.String({ maxLength: 64 }),
    isDemonstration: Type.Boolean(),
    locations: Type.Array(Type.Object({ id: LocationId, title: Type.String({ maxLength: 120 }) }, closed)),
    points: Type.Array(PointLayout),
    devices: Type.Array(DeviceLayout),
  },
  closed,
);

/** The newest reading of a point. `reported` and `changed` are in the hub's `up`; null when never received. */
export const PointState = Type.Object(
  {
    id: PointId,
    v: Type.Union([Type.Number(), Type.Boolean(), Type.Null()]),
    q: Quality,
    why: Type.Optional(Reason),
    lsn: Lsn,
    reported: Type.Union([UpTime, Type.Null()]),
    changed: Type.Union([UpTime, Type.Null()]),
    last: Type.Optional(Type.Union([Type.Number(), Type.Boolean()])),
  },
  closed,
);

/**
 * How a device stands. What was requested, what was last written and what the device itself reported are three things
 * and never mixed; `null` is "not known". `since` is the wall time of the last change of phase.
 */
export const DeviceState = Type.Object(
  {
    id: DeviceId,
    requested: Type.Union([DeviceValue, Type.Null()]),
    written: Type.Union([DeviceValue, Type.Null()]),
    confirmed: Type.Union([DeviceValue, Type.Null()]),
    phase: Type.Union([Phase, Type.Null()]),
    by: Type.Union([Author, Type.Null()]),
    why: Type.Union([Reason, Type.Null()]),
    since: Type.Union([WallTime, Type.Null()]),
    lsn: Lsn,
    until: Type.Optional(WallTime),
  },
  closed,
);

/**
 * An alarm as it stands. It is over when it is `cleared`, `isAcknowledged` and not shelved; one that cleared before anybody
 * acknowledged it is still to be shown. One of the priority P4 is over when it clears.
 */
export const AlarmStatus = Type.Object(
  {
    alarm: Type.String(),
    state: Type.Enum(['active', 'acknowledged', 'cleared'], readUnknownAs('active')),
    priority: AlarmPriority,
    /** Why it is active, or was. */
    why: Type.Union([Reason, Type.Null()]),
    /** The locations that it is about, where its name does not hold them. */
    locations: Type.Optional(Type.Array(LocationId, { maxItems: 256 })),
    /** The points that its condition reads. */
    points: Type.Optional(Type.Array(PointId, { maxItems: 64 })),
    /** What its document says of it, for people. */
    guidance: Type.Optional(AlarmGuidance),
    /** Operators may not shelve it. */
    isShelvable: Type.Optional(Type.Literal(false)),
    /** Why it is kept from being active though its condition holds. */
    suppressed: Type.Optional(Type.String({ maxLength: 120 })),
    /** The alarm that it comes from: shown with that one, and acknowledged with it. */
    parent: Type.Optional(Type.String()),
    /** Of the last change of `state`. */
    since: WallTime,
    /** When it became active last. */
    raised: WallTime,
    isAcknowledged: Type.Boolean(),
    acknowledgedBy: Type.Union([Author, Type.Null()]),
    /** What the person who acknowledged it wrote. */
    comment: Type.Optional(Type.String({ maxLength: 400 })),
    /** An operator keeps it from making a sign until `untilUp`, in the hub's `up`; `until` is for people. */
    shelved: Type.Optional(
      Type.Object({ by: Author, reason: Type.String({ maxLength: 400 }), since: WallTime, until: WallTime, untilUp: UpTime }, closed),
    ),
    /** How often it has become active since it was over last. */
    count: Type.Integer({ minimum: 1 }),
    lsn: Lsn,
  },
  closed,
);
/** An operator's override as it stands: it ends at `untilUp`, in the hub's `up`; `until` is for people. */
export const OverrideStatus = Type.Object(
  {
    device: DeviceId,
    value: DeviceValue,
    by: Author,
    reason: Type.String({ maxLength: 400 }),
    since: WallTime,
    until: WallTime,
    untilUp: UpTime,
    lsn: Lsn,
    /** Over: released, or expired. Reported once; then it is not shown any more. */
    isReleased: Type.Boolean(),
  },
  closed,
);
/** An interlock of the site as it stands. `since` is null where that was never said. */
export const InterlockStatus = Type.Object(
  {
    id: Type.String({ maxLength: 160 }),
    title: Type.String({ maxLength: 400 }),
    state: InterlockPhase,
    /** The devices that it can touch. */
    devices: Type.Array(DeviceId),
    why: Reason,
    since: Type.Union([WallTime, Type.Null()]),
    /** Who may let it go when it is latched; null where it does not latch. */
    resetBy: Type.Union([Type.Literal('operator'), Type.Null()]),
    lsn: Lsn,
  },
  closed,
);
/** A signal, set-point or rule state as it stands. */
export const ValueStatus = Type.Object({ ...ValueReport.properties, up: UpTime }, closed);
/** How a bus and each of its units answer. */
export const BusStatus = Type.Object(
  {
    bus: Type.String({ maxLength: 120 }),
    state: Type.Enum(['up', 'down', 'partial'], readUnknownAs('partial')),
    silentUnits: Type.Array(Type.Integer({ minimum: 0, maximum: 255 })),
    cycleMs: Type.Union([Duration, Type.Null()]),
  },
  closed,
);
/** Who holds a scope, and what it runs. */
export const AutomationStatus = Type.Object(
  {
    scope: ScopeId,
    holder: Type.Union([NodeId, Type.Null()]),
    term: Type.Union([Term, Type.Null()]),
    bundle: Type.Union([Type.Object({ hash: Type.String(), revision: Count }, closed), Type.Null()]),
    since: Type.Union([WallTime, Type.Null()]),
  },
  closed,
);

const state = {
  sub: SubscriptionId,
  version: Lsn,
  at: WallTime,
  up: UpTime,
  points: Type.Array(PointState),
  devices: Type.Array(DeviceState),
  alarms: Type.Array(AlarmStatus),
  values: Type.Array(ValueStatus),
  buses: Type.Array(BusStatus),
  automation: Type.Array(AutomationStatus),
  overrides: Type.Array(OverrideStatus),
  offsets: Type.Array(OffsetStatus),
  interlocks: Type.Array(InterlockStatus),
} as const;

const PartNumber = Type.Integer({ minimum: 1, maximum: 10_000 });
/**
 * All that a `latest` subscription shows, as of `version`. One that is larger than a message comes in `of` parts, one
 * after the other: each list, those of `site` included, is what the lists of all parts make together.
 */
export const Snapshot = Type.Object({ ...state, site: SiteLayout, part: Type.Optional(PartNumber), of: Type.Optional(PartNumber) }, closed);
/** What of it changed since `from`; each item whole. */
export const Changes = Type.Object({ ...state, from: Lsn }, closed);

export type PointLayout = Static<typeof PointLayout>;
export type DeviceLayout = Static<typeof DeviceLayout>;
export type SiteLayout = Static<typeof SiteLayout>;
export type PointState = Static<typeof PointState>;
export type DeviceState = Static<typeof DeviceState>;
export type AlarmStatus = Static<typeof AlarmStatus>;
export type DeviceFeedback = Static<typeof DeviceFeedback>;
export type DeviceLimits = Static<typeof DeviceLimits>;
export type OverrideStatus = Static<typeof OverrideStatus>;
export type InterlockStatus = Static<typeof InterlockStatus>;
export type ValueStatus = Static<typeof ValueStatus>;
export type BusStatus = Static<typeof BusStatus>;
export type AutomationStatus = Static<typeof AutomationStatus>;
export type Snapshot = Static<typeof Snapshot>;
export type Changes = Static<typeof Changes>;
