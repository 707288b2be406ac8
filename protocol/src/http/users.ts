import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { WallTime } from '../entries/entry.ts';
import { LocationId } from '../names.ts';
import { PersonName } from './kiosks.ts';

const closed = { additionalProperties: false } as const;
const Locations = Type.Array(LocationId, { minItems: 1, maxItems: 256 });
/** Longer than any password that is accepted; the rules refuse what is longer than theirs with a sentence. */
const Password = Type.String({ minLength: 1, maxLength: 1024 });

/** The roles of people. */
export const PersonRole = Type.Enum(['viewer', 'technician', 'engineer', 'admin']);

/** Signs a browser in with a password. */
export const PasswordSignIn = Type.Object({ name: PersonName, password: Password }, closed);

/** Whether people can sign in with a password, for a page that nobody is signed in to. */
export const SignInWays = Type.Object({ password: Type.Boolean() }, closed);

/** A new user. Without a password, a link signs them in once, and they choose one. */
export const UserRequest = Type.Object(
  { name: PersonName, role: PersonRole, locations: Type.Optional(Locations), password: Type.Optional(Password) },
  closed,
);

/** What of a user changes; `locations: null` lets them act everywhere. */
export const UserChange = Type.Object(
  { role: Type.Optional(PersonRole), locations: Type.Optional(Type.Union([Locations, Type.Null()])) },
  closed,
);

/** A new password of one's own. `current` is needed when there is one. */
export const PasswordChange = Type.Object({ current: Type.Optional(Password), next: Password }, closed);

/** A user as the hub lists them. */
export const UserAnswer = Type.Object(
  {
    name: PersonName,
    role: PersonRole,
    /** Null for all locations. */
    locations: Type.Union([Type.Array(LocationId), Type.Null()]),
    hasPassword: Type.Boolean(),
    createdAt: WallTime,
    createdBy: Type.Union([Author, Type.Null()]),
    /** How many browsers they are signed in with. */
    browsers: Type.Integer({ minimum: 0 }),
  },
  closed,
);
export const UserAnswers = Type.Array(UserAnswer, { maxItems: 1000 });

export type PersonRole = Static<typeof PersonRole>;
export type PasswordSignIn = Static<typeof PasswordSignIn>;
export type SignInWays = Static<typeof SignInWays>;
export type UserRequest = Static<typeof UserRequest>;
export type UserChange = Static<typeof UserChange>;
export type PasswordChange = Static<typeof PasswordChange>;
export type UserAnswer = Static<typeof UserAnswer>;
