import { DocumentHash, LocationId, NodeId, PersonName, PersonRole, Role, WallTime } from '@phloem/protocol';
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

/** A credential as it is kept: never the token, only its SHA-256. `nodeId: null` is a browser. */
export const TokenRecord = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9_-]{8,32}$' }),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    role: Role,
    nodeId: Type.Union([NodeId, Type.Null()]),
    name: Type.Optional(PersonName),
    /** Made by a sign-in link; only the newest of these are kept. */
    isBrowser: Type.Optional(Type.Literal(true)),
    /** A screen on a wall: a viewer that stays signed in until it is taken back. */
    isKiosk: Type.Optional(Type.Literal(true)),
    locations: Type.Optional(Type.Array(LocationId, { maxItems: 256 })),
    createdAt: WallTime,
    /** Who made it, in the text form of an author; where not said, the hub or its command line did. */
    createdBy: Type.Optional(Type.String({ minLength: 1, maxLength: 160 })),
    /** From then on it is worth nothing; without it, it stays until it is revoked. */
    expiresAt: Type.Optional(WallTime),
  },
  closed,
);

/** A person who signs in. `password` is a hash with its cost and salt; null until they have chosen one. */
export const UserRecord = Type.Object(
  {
    name: PersonName,
    role: PersonRole,
    locations: Type.Optional(Type.Array(LocationId, { minItems: 1, maxItems: 256 })),
    password: Type.Union([
      Type.String({ pattern: '^argon2id\\$[1-9][0-9]*\\$[1-9][0-9]*\\$[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+$', maxLength: 200 }),
      Type.Null(),
    ]),
    createdAt: WallTime,
    createdBy: Type.Optional(Type.String({ minLength: 1, maxLength: 160 })),
  },
  closed,
);

/** All that the hub remembers about itself, apart from its log. Small and slow to change. */
export const SettingsData = Type.Object(
  {
    /** The active site: its content, and the folder that it came from. */
    site: Type.Object(
      { hash: Type.Union([DocumentHash, Type.Null()]), folder: Type.Union([Type.String({ maxLength: 4096 }), Type.Null()]) },
      closed,
    ),
    tokens: Type.Array(TokenRecord, { maxItems: 10_000 }),
    /** People who sign in, oldest first; an older version had none. */
    users: Type.Optional(Type.Array(UserRecord, { maxItems: 1000 })),
    preferences: Type.Record(
      Type.String({ pattern: '^[a-z][A-Za-z0-9.]{0,62}$' }),
      Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()]),
    ),
  },
  closed,
);

export type TokenRecord = Static<typeof TokenRecord>;
export type UserRecord = Static<typeof UserRecord>;
export type SettingsData = Readonly<Static<typeof SettingsData>>;

/** What a hub starts with that never had settings. */
export const noSettings: SettingsData = { site: { hash: null, folder: null }, tokens: [], preferences: {} };

/** The hub's settings. What `data` says is on disk; it never runs ahead of it. */
export interface Settings {
  readonly data: SettingsData;
  /** What had to be made good when they were opened, in a sentence for people; null when all was well. */
  readonly notice: string | null;
  /**
   * Changes the settings, one change after the other; resolves when the change is on disk.
   *
   * @throws Fault `store/unwritable` when it could not be written, `protocol/invalid` when it is not valid. The
   * settings are then as before, for this caller and for all others.
   */
  update(change: (data: SettingsData) => SettingsData): Promise<SettingsData>;
  /** Waits for the changes under way. */
  close(): Promise<void>;
}
