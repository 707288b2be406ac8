import { quantityNames } from '@phloem/protocol';
import { DocumentQuirks, registerKeyHints, registerKeys, Totalise } from '@phloem/rules';
import { Type, type Static } from 'typebox';
import { besideKeys } from './beside-keys.ts';

const closed = { additionalProperties: false } as const;

export const ProfilePoint = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 120 }),
    quantity: Type.Enum([...quantityNames]),
    /** The unit of the instrument, where it is not the canonical one: scale, offset, range and margin are in it. */
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
    ...registerKeys,
    ...besideKeys,
    /** The number that the vendor prints: 30001, 40010 … */
    vendorAddress: Type.Optional(Type.String({ maxLength: 20 })),
    range: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() }, closed)),
    /** How far past its range a value is clamped and uncertain, instead of bad. */
    margin: Type.Optional(Type.Number({ minimum: 0 })),
    access: Type.Enum(['read', 'write', 'read-write']),
    /** The register is a counter that wraps or restarts; the point is its running total. */
    totalise: Type.Optional(Totalise),
    decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
    /** Reading it resets it: it is never read by the way, only where a site asks for it. */
    clearOnRead: Type.Optional(Type.Boolean()),
  },
  { ...closed, keyHints: registerKeyHints },
);

/** What the registers of a kind of instrument mean, as data, with where that is written. */
export const Profile = Type.Object(
  {
    profile: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$', expected: 'a name in lower case, with digits and -' }),
    version: Type.Integer({ minimum: 1 }),
    title: Type.String({ minLength: 1, maxLength: 120 }),
    maker: Type.Optional(Type.String({ maxLength: 120 })),
    source: Type.Object(
      {
        document: Type.String({ minLength: 1, maxLength: 300 }),
        edition: Type.Optional(Type.String({ maxLength: 80 })),
        page: Type.Optional(Type.String({ maxLength: 80 })),
        url: Type.Optional(Type.String({ maxLength: 300 })),
      },
      closed,
    ),
    /** `unverified`: nobody who made it could read the document. */
    status: Type.Enum(['verified', 'unverified']),
    points: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), ProfilePoint, {
      minProperties: 1,
      maxProperties: 500,
      additionalProperties: false,
      expectedKey: 'a point, such as leaf_temperature, as key',
    }),
    /** How the unit must be asked. */
    quirks: Type.Optional(DocumentQuirks),
    notes: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  closed,
);

export type Profile = Static<typeof Profile>;
export type ProfilePoint = Static<typeof ProfilePoint>;
