import { Type, type Static } from 'typebox';
import { DeviceValue } from '../device-value.ts';
import { DeviceId, Lsn, NodeId, Position, ScopeId, Term } from '../names.ts';

const closed = { additionalProperties: false } as const;
const RequestId = Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$', expected: 'an id of up to 64 letters, digits and _ . : -' });

/** What a program without a link says to keep the right to command the devices of a scope. */
export const HttpLeaseRequest = Type.Object(
  {
    /** The newest entry that it has processed, where it reads the log; then the lease ends when it stops to. */
    cursor: Type.Optional(Lsn),
  },
  closed,
);

/** Who has the right to command the devices of a scope; `term` is null where it is somebody else, or nobody. */
export const HttpLeaseAnswer = Type.Object(
  { scope: ScopeId, term: Type.Union([Term, Type.Null()]), holder: Type.Union([NodeId, Type.Null()]), ttlMs: Type.Number() },
  closed,
);

/** A device state that a program requests over HTTP. */
export const DeviceRequest = Type.Object(
  {
    /** The same id is the same request, however often it is sent. */
    id: RequestId,
    term: Term,
    device: DeviceId,
    value: DeviceValue,
    op: Type.Optional(Type.Enum(['set', 'momentary'])),
    /** How long after its cause the request may still be accepted, in milliseconds. */
    ttlMs: Type.Number({ minimum: 1, maximum: 3_600_000 }),
    /** The entry that it was decided on; the newest one if omitted. */
    cause: Type.Optional(Position),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
  },
  closed,
);

/** What came of a request so far. */
export const RequestAnswer = Type.Object(
  {
    id: RequestId,
    device: DeviceId,
    value: DeviceValue,
    outcome: Type.Enum(['accepted', 'refused']),
    /** How far it has come. `confirmed` alone says that the device was read back with this value. */
    phase: Type.Enum(['requested', 'held', 'writing', 'confirmed', 'superseded', 'cancelled', 'failed', 'unknown', 'refused']),
    /** Why it was refused. */
    code: Type.Union([Type.String(), Type.Null()]),
    message: Type.Union([Type.String(), Type.Null()]),
    /** The entry that accepted or refused it. */
    lsn: Lsn,
  },
  closed,
);

export type HttpLeaseRequest = Static<typeof HttpLeaseRequest>;
export type HttpLeaseAnswer = Static<typeof HttpLeaseAnswer>;
export type DeviceRequest = Static<typeof DeviceRequest>;
export type RequestAnswer = Static<typeof RequestAnswer>;
