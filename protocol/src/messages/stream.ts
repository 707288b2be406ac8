import { Type, type Static } from 'typebox';
import { AlarmPriority, DeviceValue, Entry, entryKinds, Quality, UpTime, WallTime } from '../entries/entry.ts';
import { DeviceId, Epoch, LocationId, Lsn, NodeId, PointId, Position, ScopeId, SubscriptionId, Term } from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';
import { CommandReason } from '../reasons/index.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A length of time on the wire, in milliseconds. */
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });

/**
 * Which entries a subscription wants. A part that is left out lets everything pass. `locations` concerns the entries
 * that belong to a location (sensor, device, override); the others always pass it.
 */
export const Filter = Type.Object(
  {
    kinds: Type.Optional(Type.Array(Type.Enum([...entryKinds]), { maxItems: 32 })),
    locations: Type.Optional(Type.Array(LocationId, { maxItems: 256 })),
  },
  closed,
);

/** A subscription as a node asks for it. `cursor: null` begins at the head; `latest` ignores the cursor. */
export const SubscriptionRequest = Type.Object(
  {
    sub: SubscriptionId,
    mode: Type.Enum(['every', 'latest']),
    filter: Filter,
    cursor: Type.Union([Position, Type.Null()]),
    divisor: Type.Optional(Type.Integer({ minimum: 1, maximum: 240 })),
  },
  closed,
);

/** The hub's answer: where the subscription begins, and what of the request it cannot give any more. */
export const SubscriptionGrant = Type.Object(
  {
    sub: SubscriptionId,
    from: Lsn,
    lost: Type.Optional(Type.Tuple([Lsn, Lsn])),
    why: Type.Optional(Type.Enum(['expired', 'truncated', 'unknown-epoch', 'new'], readUnknownAs('unknown-epoch'))),
  },
  closed,
);

/** A batch of an `every` subscription: covers the numbers after `prev` up to `last`, filtered ones included. */
export const EntryBatch = Type.Object(
  { sub: SubscriptionId, epoch: Epoch, prev: Lsn, last: Lsn, entries: Type.Array(Entry, { maxItems: 4096 }) },
  closed,
);

/** A request for one device. `id` is made from its cause, so that the same decision always has the same id. */
export const DeviceStateFrame = Type.Object(
  {
    id: Type.String({ minLength: 8, maxLength: 160 }),
    device: DeviceId,
    value: DeviceValue,
    op: Type.Enum(['set', 'momentary']),
    cause: Position,
    ttlMs: Type.Number({ minimum: 1, maximum: 3_600_000 }),
    why: CommandReason,
  },
  closed,
);

/** How long a frame may wait for its turn, in milliseconds. */
export const frameTtl = { min: 1, max: 3_600_000 } as const;

/**
 * A frame as it is sent. A value that is none (null, as JSON has NaN) and a `ttlMs` out of range are refused one by one: a rule
 * that works out nonsense must not end the service for all the others.
 */
export const SentFrame = Type.Object(
  { ...DeviceStateFrame.properties, value: Type.Union([DeviceValue, Type.Null()]), ttlMs: Type.Union([Type.Number(), Type.Null()]) },
  closed,
);

/** An alarm as the automation service raises or clears it. */
export const AlarmReport = Type.Object(
  {
    alarm: Type.String({ minLength: 1, maxLength: 200 }),
    state: Type.Enum(['active', 'cleared']),
    priority: AlarmPriority,
    why: Type.Optional(CommandReason),
    /** The points that its condition reads. */
    points: Type.Optional(Type.Array(PointId, { maxItems: 64 })),
  },
  closed,
);

/** A signal, set-point or rule state, for people. */
export const ValueReport = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 160 }),
    v: Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 200 }), Type.Null()]),
    q: Quality,
  },
  closed,
);

/** How far a subscription has been worked off, and what came of it. Without a term it carries a cursor alone. */
export const Commit = Type.Object(
  {
    sub: SubscriptionId,
    seq: Count,
    epoch: Epoch,
    cursor: Lsn,
    term: Type.Optional(Term),
    commands: Type.Array(SentFrame, { maxItems: 512 }),
    alarms: Type.Array(AlarmReport, { maxItems: 512 }),
    values: Type.Array(ValueReport, { maxItems: 2048 }),
  },
  closed,
);

/** The committed cursors that the hub knows: of this session's subscriptions, and of its lease's scope. */
export const Committed = Type.Object({ subscriptions: Type.Record(SubscriptionId, Lsn), scope: Type.Union([Lsn, Type.Null()]) }, closed);

/**
 * Sent by both sides. `t` is the sender's monotonic clock; `echo` returns the other side's last `n` and `t` with the
 * time it was held. `head`, `durable`, `committed` and `covered` come from the hub, `term` and `lagMs` from a node.
 * `covered` is how far each `every` subscription has been sent: anyone who is behind that when it comes has lost a message.
 */
export const Heartbeat = Type.Object(
  {
    n: Count,
    t: Type.Number(),
    echo: Type.Optional(Type.Object({ n: Count, t: Type.Number(), heldMs: Duration }, closed)),
    head: Type.Optional(Lsn),
    durable: Type.Optional(Lsn),
    committed: Type.Optional(Committed),
    covered: Type.Optional(Type.Record(SubscriptionId, Lsn)),
    at: Type.Optional(WallTime),
    up: Type.Optional(UpTime),
    term: Type.Optional(Term),
    lagMs: Type.Optional(Duration),
  },
  closed,
);

/** A lease as the hub reports it to a session: granted to it (with `term`), or held by another (`term: null`). */
export const LeaseGrant = Type.Object(
  { scope: ScopeId, term: Type.Union([Term, Type.Null()]), holder: Type.Union([NodeId, Type.Null()]), ttlMs: Duration },
  closed,
);

export type Filter = Static<typeof Filter>;
export type SubscriptionRequest = Static<typeof SubscriptionRequest>;
export type SubscriptionGrant = Static<typeof SubscriptionGrant>;
export type EntryBatch = Static<typeof EntryBatch>;
export type DeviceStateFrame = Static<typeof DeviceStateFrame>;
export type SentFrame = Static<typeof SentFrame>;
export type AlarmReport = Static<typeof AlarmReport>;
export type ValueReport = Static<typeof ValueReport>;
export type Commit = Static<typeof Commit>;
export type Committed = Static<typeof Committed>;
export type Heartbeat = Static<typeof Heartbeat>;
export type LeaseGrant = Static<typeof LeaseGrant>;
