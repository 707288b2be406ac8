import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import {
  ClusterId,
  DeviceId,
  DocumentHash,
  LocationId,
  Lsn,
  MeasurementId,
  NodeId,
  PointId,
  Position,
  RunId,
  ScopeId,
  SetpointName,
  Term,
} from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';
import { DeviceValue } from '../device-value.ts';
import { PointRecord } from './point-record.ts';
import { Reason } from '../reasons/index.ts';

export { DeviceValue };

const closed = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ maxLength });

/** Milliseconds since 1970 by the hub's wall clock: for people and for schedules. */
export const WallTime = Type.Number({ minimum: -8.64e15, maximum: 8.64e15 });
/** The hub's own running time in milliseconds; never decreases along the lineage: for every duration. */
export const UpTime = Type.Number({ minimum: 0 });

/** How far a reading can be trusted. Anything but `good` has a reason. */
export const Quality = Type.Enum(['good', 'uncertain', 'stale', 'bad', 'maintenance', 'simulated'], readUnknownAs('bad', 'v'));

/** A point's value with quality; `v` is `null` when stale or bad; `t` is its own time in `up` in a partial frame. */
export const Reading = Type.Object(
  {
    v: Type.Union([Type.Number(), Type.Boolean(), Type.Null()]),
    q: Quality,
    why: Type.Optional(Reason),
    raw: Type.Optional(Type.Union([Type.Number(), Type.Boolean()])),
    /** Uncertain only because it was limited to a physical end, or is calculated from one that was: as usable as a good one. */
    limited: Type.Optional(Type.Literal(true)),
    /** Of a running total: what its counter held, so that the total goes on from here after a restart. */
    counter: Type.Optional(Type.Number()),
    t: Type.Optional(UpTime),
  },
  closed,
);

/** Where a command stands in its life. */
export const Phase = Type.Enum(
  ['requested', 'held', 'refused', 'superseded', 'cancelled', 'written', 'confirmed', 'discrepancy', 'failed', 'unknown', 'safe'],
  readUnknownAs('unknown'),
);

/** ISA-18.2 style: P1 critical, P2 high, P3 medium, P4 low or diagnostic. */
export const AlarmPriority = Type.Enum(['P1', 'P2', 'P3', 'P4'], readUnknownAs('P1'));
export const AlarmState = Type.Enum(['active', 'acknowledged', 'cleared']);
export const InterlockPhase = Type.Enum(['clear', 'tripped', 'latched'], readUnknownAs('tripped'));
export const BundleMode = Type.Enum(['live', 'shadow', 'withdrawn']);
/** What a node may be. */
export const roles = ['automation', 'viewer', 'technician', 'engineer', 'admin', 'relay', 'ingest'] as const;
export const Role = Type.Enum([...roles]);

const stamp = { lsn: Type.Integer({ minimum: 1 }), at: WallTime, up: UpTime } as const;

export const SensorEntry = Type.Object(
  { ...stamp, kind: Type.Literal('sensor'), location: LocationId, cluster: ClusterId, readings: Type.Record(MeasurementId, Reading) },
  closed,
);
/**
 * Readings that came too late to be live: for the history, never for rules. `measured` is when they were measured, by the wall clock.
 */
export const LateEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('late'),
    location: LocationId,
    cluster: ClusterId,
    measured: WallTime,
    readings: Type.Record(MeasurementId, Reading),
  },
  closed,
);
export const DeviceEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('device'),
    device: DeviceId,
    phase: Phase,
    value: Type.Union([DeviceValue, Type.Null()]),
    id: Type.Optional(text(160)),
    by: Author,
    cause: Type.Optional(Position),
    term: Type.Optional(Term),
    why: Type.Optional(Reason),
    until: Type.Optional(WallTime),
  },
  closed,
);
export const ValueEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('value'),
    name: text(160),
    v: Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 200 }), Type.Null()]),
    q: Quality,
    by: Author,
  },
  closed,
);
export const PulseEntry = Type.Object({ ...stamp, kind: Type.Literal('pulse') }, closed);
export const SiteEntry = Type.Object(
  { ...stamp, kind: Type.Literal('site'), hash: DocumentHash, revision: Type.Integer({ minimum: 1 }), by: Type.Optional(Author) },
  closed,
);
export const BundleEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('bundle'),
    scope: ScopeId,
    hash: DocumentHash,
    revision: Type.Integer({ minimum: 1 }),
    mode: BundleMode,
    by: Type.Optional(Author),
  },
  closed,
);
export const OverrideEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('override'),
    device: DeviceId,
    by: Author,
    value: Type.Optional(DeviceValue),
    reason: Type.Optional(text(400)),
    forMs: Type.Optional(Type.Number({ minimum: 0 })),
    until: Type.Optional(WallTime),
    released: Type.Optional(Type.Boolean()),
    /** Why the hub itself ended it; a person gives a `reason`. */
    why: Type.Optional(Reason),
  },
  closed,
);
/** An operator moves a set-point by `delta` for a while, or lets it go back; `until` is for people. */
export const OffsetEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('offset'),
    setpoint: SetpointName,
    by: Author,
    /** In the unit of differences of the set-point's quantity: K, %, kPa, ppm. */
    delta: Type.Optional(Type.Number()),
    reason: Type.Optional(text(400)),
    forMs: Type.Optional(Type.Number({ minimum: 0 })),
    until: Type.Optional(WallTime),
    released: Type.Optional(Type.Boolean()),
    /** Why the hub itself ended it; a person gives a `reason`. */
    why: Type.Optional(Reason),
  },
  closed,
);
export const InterlockEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('interlock'),
    id: text(160),
    state: InterlockPhase,
    by: Type.Optional(Author),
    why: Type.Optional(Reason),
  },
  closed,
);
/** Likely cause, consequence of inaction, and corrective action. */
export const AlarmGuidance = Type.Object(
  { cause: Type.Optional(text(400)), consequence: Type.Optional(text(400)), action: Type.Optional(text(400)) },
  closed,
);
/** A change of whether an alarm is shelved: `unshelve` by a person, `expire` by the hub at the end. `until` is for people. */
export const AlarmShelving = Type.Union([
  Type.Object({ kind: Type.Literal('shelve'), forMs: Type.Number({ minimum: 0 }), until: WallTime }, closed),
  Type.Object({ kind: Type.Enum(['unshelve', 'expire']) }, closed),
]);
export const AlarmEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('alarm'),
    alarm: text(200),
    state: AlarmState,
    priority: AlarmPriority,
    by: Type.Optional(Author),
    /** Why it is active. */
    why: Type.Optional(Reason),
    /** What a person wrote who acknowledged, shelved or unshelved it. */
    reason: Type.Optional(text(400)),
    /** The locations that it is about, where its name does not hold them: a bus feeds several. */
    locations: Type.Optional(Type.Array(LocationId, { maxItems: 256 })),
    /** The points that its condition reads. */
    points: Type.Optional(Type.Array(PointId, { maxItems: 64 })),
    /** What its document says of it, for people. */
    guidance: Type.Optional(AlarmGuidance),
    /** Operators may not shelve it. */
    isShelvable: Type.Optional(Type.Literal(false)),
    /** Why it is kept from being active though its condition holds: suppressed by design. `state` is `cleared` then. */
    suppressed: Type.Optional(text(120)),
    /** Somebody acknowledges it; where it has cleared already, `state` stays `cleared`. */
    isAcknowledged: Type.Optional(Type.Literal(true)),
    /** It is shelved, or is not any more; `state` repeats how it stands. */
    shelving: Type.Optional(AlarmShelving),
  },
  closed,
);
export const LeaseEntry = Type.Object(
  { ...stamp, kind: Type.Literal('lease'), scope: ScopeId, term: Term, holder: Type.Union([NodeId, Type.Null()]) },
  closed,
);
export const NodeEntry = Type.Object(
  { ...stamp, kind: Type.Literal('node'), nodeId: NodeId, run: RunId, role: Role, state: Type.Enum(['joined', 'left']) },
  closed,
);
/**
 * Something for people to read; `record` says the same for programs where a point was calibrated or taken out of use.
 * `moment` is what it speaks of, where that is not when it was written.
 */
export const NoteEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('note'),
    by: Author,
    about: text(200),
    text: text(4000),
    moment: Type.Optional(WallTime),
    record: Type.Optional(PointRecord),
  },
  closed,
);
/** Somebody signed in, or changed who may: `credential` is the id of what it is about, never the token; `from` an address. */
export const AccessEntry = Type.Object(
  {
    ...stamp,
    kind: Type.Literal('access'),
    by: Author,
    action: Type.Enum([
      'sign-in',
      'sign-in-refused',
      'sign-out',
      'link-created',
      'token-created',
      'token-revoked',
      'user-created',
      'user-changed',
      'user-removed',
      'password-changed',
    ]),
    role: Type.Optional(Role),
    /** Whom it lets in, or let in. */
    subject: Type.Optional(Author),
    credential: Type.Optional(text(32)),
    from: Type.Optional(text(64)),
    until: Type.Optional(WallTime),
  },
  closed,
);
export const GapEntry = Type.Object({ ...stamp, kind: Type.Literal('gap'), from: Lsn, to: Lsn, why: Reason }, closed);

export type Quality = Static<typeof Quality>;
export type Reading = Static<typeof Reading>;
export type Phase = Static<typeof Phase>;
export type AlarmPriority = Static<typeof AlarmPriority>;
export type AlarmGuidance = Static<typeof AlarmGuidance>;
export type AlarmShelving = Static<typeof AlarmShelving>;
export type AlarmState = Static<typeof AlarmState>;
export type BundleMode = Static<typeof BundleMode>;
export type Role = Static<typeof Role>;
export type SensorEntry = Static<typeof SensorEntry>;
export type LateEntry = Static<typeof LateEntry>;
export type DeviceEntry = Static<typeof DeviceEntry>;
export type ValueEntry = Static<typeof ValueEntry>;
export type PulseEntry = Static<typeof PulseEntry>;
export type SiteEntry = Static<typeof SiteEntry>;
export type BundleEntry = Static<typeof BundleEntry>;
export type OverrideEntry = Static<typeof OverrideEntry>;
export type OffsetEntry = Static<typeof OffsetEntry>;
export type InterlockEntry = Static<typeof InterlockEntry>;
export type AlarmEntry = Static<typeof AlarmEntry>;
export type LeaseEntry = Static<typeof LeaseEntry>;
export type NodeEntry = Static<typeof NodeEntry>;
export type NoteEntry = Static<typeof NoteEntry>;
export type AccessEntry = Static<typeof AccessEntry>;
export type GapEntry = Static<typeof GapEntry>;

/** One record of the log. `lsn` is never used twice; `at` is for people, `up` for durations. */
export type Entry =
  | SensorEntry
  | DeviceEntry
  | ValueEntry
  | PulseEntry
  | SiteEntry
  | BundleEntry
  | OverrideEntry
  | OffsetEntry
  | InterlockEntry
  | AlarmEntry
  | LeaseEntry
  | NodeEntry
  | NoteEntry
  | AccessEntry
  | GapEntry
  | LateEntry;

type Unstamped<E> = E extends Entry ? Omit<E, 'lsn' | 'at' | 'up'> : never;

/** What somebody asks the log to record: an entry before the log has numbered and dated it. */
export type EntryDraft = Unstamped<Entry>;

/** The name of a kind of entry. */
export type EntryKind = Entry['kind'];

/** The schema of each kind of entry. */
export const entrySchemas = {
  sensor: SensorEntry,
  device: DeviceEntry,
  value: ValueEntry,
  pulse: PulseEntry,
  site: SiteEntry,
  bundle: BundleEntry,
  override: OverrideEntry,
  offset: OffsetEntry,
  interlock: InterlockEntry,
  alarm: AlarmEntry,
  lease: LeaseEntry,
  node: NodeEntry,
  note: NoteEntry,
  access: AccessEntry,
  gap: GapEntry,
  late: LateEntry,
} as const satisfies Record<EntryKind, unknown>;

/** The kinds of entries, in the order of the specification. */
export const entryKinds = Object.keys(entrySchemas) as readonly EntryKind[];

/** Any entry. */
export const Entry = Type.Union([
  SensorEntry,
  DeviceEntry,
  ValueEntry,
  PulseEntry,
  SiteEntry,
  BundleEntry,
  OverrideEntry,
  OffsetEntry,
  InterlockEntry,
  AlarmEntry,
  LeaseEntry,
  NodeEntry,
  NoteEntry,
  AccessEntry,
  GapEntry,
  LateEntry,
]);
