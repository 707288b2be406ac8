import { Type, type Static } from 'typebox';
import { DeviceValue, roles, WallTime } from '../entries/entry.ts';
import { readUnknownAs } from '../open-schema.ts';

const closed = { additionalProperties: false } as const;
const Reason = Type.String({ minLength: 1, maxLength: 400 });
/** How long an override is to stand, in milliseconds; the site may allow less. */
const OverrideLength = Type.Integer({ minimum: 1000, maximum: 86_400_000 });

/** What is offered where nobody says how long an override is to stand: 1 h, in milliseconds. */
export const defaultOverrideMs = 3_600_000;
/** The longest override there is: 24 h, in milliseconds. */
export const longestOverrideMs = 86_400_000;
/** So long before its end an override says that it is about to end, in milliseconds. */
export const overrideWarningMs = 120_000;

/** What somebody asks for by `POST /api/v1/devices/{id}/override`; answered by an `OverrideStatus`. */
export const OverrideRequest = Type.Object({ value: DeviceValue, reason: Reason, forMs: OverrideLength }, closed);
/** The body of an acknowledgement. */
export const ReasonRequest = Type.Object({ reason: Type.Optional(Reason) }, closed);
/**
 * The body of `DELETE /api/v1/devices/{id}/override` and of `DELETE /api/v1/setpoints/{name}/offset`. With an `lsn` only
 * what that entry began is released: anyone who sees an older one than stands gets an error.
 */
export const ReleaseRequest = Type.Object({ reason: Type.Optional(Reason), lsn: Type.Optional(Type.Integer({ minimum: 1 })) }, closed);
/** What somebody wants to know by `POST /api/v1/devices/{id}/override/preview`. */
export const OverridePreviewRequest = Type.Object({ value: DeviceValue, forMs: OverrideLength }, closed);

/** One thing that would come of an override; `until` is a wall time, null where nobody can say. */
export const OverrideConsequence = Type.Object(
  {
    kind: Type.Enum(['interlock', 'limit', 'request', 'compressor', 'same', 'expiry'], readUnknownAs('limit')),
    text: Type.String(),
    until: Type.Union([WallTime, Type.Null()]),
  },
  closed,
);
/** What would come of an override. `isAllowed: false` when it would be refused; the first consequence says why. */
export const OverridePreview = Type.Object({ isAllowed: Type.Boolean(), consequences: Type.Array(OverrideConsequence) }, closed);

/** Who asks, by the credential of the request: `GET /api/v1/me`. */
export const MeAnswer = Type.Object(
  {
    name: Type.String(),
    /** A role that is not known may do what `permissions` says, and is shown as one that looks on. */
    role: Type.Enum([...roles], readUnknownAs('viewer')),
    permissions: Type.Array(Type.String()),
    locations: Type.Union([Type.Array(Type.String()), Type.Null()]),
  },
  closed,
);

export type OverrideRequest = Static<typeof OverrideRequest>;
export type ReleaseRequest = Static<typeof ReleaseRequest>;
export type ReasonRequest = Static<typeof ReasonRequest>;
export type OverridePreviewRequest = Static<typeof OverridePreviewRequest>;
export type OverrideConsequence = Static<typeof OverrideConsequence>;
export type OverridePreview = Static<typeof OverridePreview>;
export type MeAnswer = Static<typeof MeAnswer>;
