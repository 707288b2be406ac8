import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';

/** What a person or a screen is called. */
export const PersonName = Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,31}$' });

/** A screen on a wall that is let in, to read and nothing else. */
export const KioskAnswer = Type.Object(
  { id: Type.String({ maxLength: 32 }), name: Type.String({ maxLength: 64 }), createdAt: WallTime, expiresAt: Type.Optional(WallTime) },
  { additionalProperties: false },
);
/** The screens on walls that are let in, oldest first. */
export const KioskAnswers = Type.Array(KioskAnswer, { maxItems: 10_000 });
/** Where a link leads that works once; `origin` is the address of the hub for others than this machine, null where it has none. */
export const LinkAnswer = Type.Object(
  { path: Type.String({ maxLength: 200 }), origin: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]) },
  { additionalProperties: false },
);

export type KioskAnswer = Static<typeof KioskAnswer>;
export type LinkAnswer = Static<typeof LinkAnswer>;
