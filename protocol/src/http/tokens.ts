import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { Role, WallTime } from '../entries/entry.ts';
import { LocationId, NodeId } from '../names.ts';
import { PersonName } from './kiosks.ts';

const closed = { additionalProperties: false } as const;

/** The longest and the shortest time for which a token can be made: ten years, and a minute. */
const longestTokenMs = 3653 * 86_400_000;
const shortestTokenMs = 60_000;

/**
 * Asks for a token by `POST /api/v1/tokens`. Without `node` it is a browser's, which takes any name that begins with `panel-`.
 * It is valid for `forMs`, or until it is revoked.
 */
export const TokenRequest = Type.Object(
  {
    role: Role,
    node: Type.Optional(NodeId),
    name: Type.Optional(PersonName),
    locations: Type.Optional(Type.Array(LocationId, { minItems: 1, maxItems: 256 })),
    forMs: Type.Optional(Type.Integer({ minimum: shortestTokenMs, maximum: longestTokenMs })),
  },
  closed,
);

/** A credential as `GET /api/v1/tokens` lists it; `sessions` counts the live ones that came by it. */
export const TokenAnswer = Type.Object(
  {
    id: Type.String({ maxLength: 32 }),
    kind: Type.Enum(['service', 'person', 'browser', 'kiosk']),
    role: Role,
    /** The node that it is for; null for people. */
    node: Type.Union([NodeId, Type.Null()]),
    name: Type.Union([PersonName, Type.Null()]),
    locations: Type.Union([Type.Array(LocationId), Type.Null()]),
    createdAt: WallTime,
    createdBy: Type.Union([Author, Type.Null()]),
    expiresAt: Type.Union([WallTime, Type.Null()]),
    sessions: Type.Integer({ minimum: 0 }),
    /** The credential of anyone who asks. */
    isOwn: Type.Boolean(),
  },
  closed,
);
/** The credentials that are good, oldest first. */
export const TokenAnswers = Type.Array(TokenAnswer, { maxItems: 10_000 });

export type TokenRequest = Static<typeof TokenRequest>;
export type TokenAnswer = Static<typeof TokenAnswer>;
