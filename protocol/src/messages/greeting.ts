import { Type, type Static } from 'typebox';
import { Role, UpTime, WallTime } from '../entries/entry.ts';
import { Epoch, Lsn, NodeId, RunId, ScopeId, SessionId } from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';
import { Committed, LeaseGrant, SubscriptionGrant, SubscriptionRequest } from './stream.ts';

const closed = { additionalProperties: false } as const;
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const VersionNumber = Type.Integer({ minimum: 0, maximum: 1000 });

/**
 * A version of the protocol. Two peers of one `major` understand each other; `minor` says what a peer knows beyond the first
 * version of its major.
 */
export const ProtocolVersion = Type.Object({ major: VersionNumber, minor: VersionNumber }, closed);
export type ProtocolVersion = Static<typeof ProtocolVersion>;

/** The version of the protocol that this package speaks. */
export const protocolVersion: ProtocolVersion = { major: 1, minor: 2 };

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

/**
 * Pure: the version that a peer states in its greeting or welcome, whatever else that holds; null where it states none in this
 * form, as peers from before 1.0 do.
 */
export const readVersion = (message: unknown): ProtocolVersion | null => {
  const { protocol } = (message ?? {}) as { readonly protocol?: unknown };
  const { major, minor } = (protocol ?? {}) as { readonly major?: unknown; readonly minor?: unknown };
  return isNumber(major) && isNumber(minor) ? { major, minor } : null;
};

/** A version as people read it: `1.0`. */
export const formatVersion = (version: ProtocolVersion | null): string =>
  version === null ? 'an earlier version' : `${version.major}.${version.minor}`;

/** What a node says of itself in the CONNECT packet. A browser sends no token: its cookie speaks for it. */
export const Hello = Type.Object(
  {
    protocol: ProtocolVersion,
    nodeId: NodeId,
    run: RunId,
    attempt: Type.Integer({ minimum: 1 }),
    role: Role,
    token: Type.Optional(Type.String({ maxLength: 256 })),
    software: Type.String({ maxLength: 80 }),
    subscriptions: Type.Optional(Type.Array(SubscriptionRequest, { maxItems: 16 })),
    lease: Type.Optional(Type.Object({ scope: ScopeId }, closed)),
  },
  closed,
);

/** How often to say that one lives, and after how long the other side, or the lease, is given up. */
export const HeartbeatTerms = Type.Object({ everyMs: Duration, deadMs: Duration, leaseMs: Duration }, closed);

/** How much may be under way. */
export const Limits = Type.Object({ messageBytes: Type.Integer(), windowEntries: Type.Integer(), windowBytes: Type.Integer() }, closed);

/** The hub's answer to an accepted greeting. */
export const Welcome = Type.Object(
  {
    protocol: ProtocolVersion,
    hub: Type.Object({ nodeId: NodeId, run: RunId }, closed),
    session: SessionId,
    log: Type.Object({ epoch: Epoch, first: Lsn, head: Lsn, lineage: Type.Array(Type.Object({ epoch: Epoch, end: Lsn }, closed)) }, closed),
    subscriptions: Type.Array(SubscriptionGrant),
    committed: Committed,
    durable: Lsn,
    lease: Type.Union([LeaseGrant, Type.Null()]),
    limits: Limits,
    heartbeat: HeartbeatTerms,
    at: WallTime,
    up: UpTime,
  },
  closed,
);

/** Why the hub ends a session. */
export const ByeCode = Type.Enum(
  ['superseded', 'duplicate-node', 'unauthorised', 'version', 'protocol', 'slow', 'draining', 'busy', 'internal'],
  readUnknownAs('internal'),
);

/** The hub's farewell: `retry` says whether to come back, `afterMs` not before when. */
export const Bye = Type.Object(
  { code: ByeCode, retry: Type.Boolean(), afterMs: Type.Optional(Duration), message: Type.String({ maxLength: 400 }) },
  closed,
);

export type Hello = Static<typeof Hello>;
export type HeartbeatTerms = Static<typeof HeartbeatTerms>;
export type Limits = Static<typeof Limits>;
export type Welcome = Static<typeof Welcome>;
export type ByeCode = Static<typeof ByeCode>;
export type Bye = Static<typeof Bye>;

/** Whether a node that receives this comes back by itself. */
export const shouldReturn: Readonly<Record<ByeCode, boolean>> = {
  superseded: false,
  'duplicate-node': true,
  unauthorised: false,
  version: false,
  protocol: false,
  slow: true,
  draining: true,
  busy: true,
  internal: true,
};
