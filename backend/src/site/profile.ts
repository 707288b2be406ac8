import { createParse, Fault, quantities, quantityNames } from '@phloem/protocol';
import { Type, type Static } from 'typebox';
import type { Register } from './site.ts';

const closed = { additionalProperties: false } as const;

const ProfilePoint = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 120 }),
    quantity: Type.Enum([...quantityNames]),
    table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
    address: Type.Integer({ minimum: 0, maximum: 65_535 }),
    /** The number that the vendor prints: 30001, 40010 … */
    vendorAddress: Type.Optional(Type.String({ maxLength: 20 })),
    type: Type.Enum(['bit', 'u16', 's16', 'u32', 's32', 'f32', 'f64']),
    wordOrder: Type.Optional(Type.Enum(['big', 'little'])),
    /** canonical = raw × scale + offset. */
    scale: Type.Optional(Type.Number()),
    offset: Type.Optional(Type.Number()),
    range: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() }, closed)),
    sentinels: Type.Optional(Type.Array(Type.Number(), { maxItems: 16 })),
    access: Type.Enum(['read', 'write', 'read-write']),
    decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
    /** Reading it resets it: it is never read by the way, only where a site asks for it. */
    clearOnRead: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** What the registers of a kind of instrument mean, as data, with where that is written. */
export const Profile = Type.Object(
  {
    profile: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }),
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
    points: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), ProfilePoint, { minProperties: 1, maxProperties: 500 }),
    quirks: Type.Optional(
      Type.Object(
        {
          /** Registers or bits that the unit takes in one request. */
          maxBlock: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
        },
        closed,
      ),
    ),
    notes: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  closed,
);

export type Profile = Static<typeof Profile>;
export type ProfilePoint = Static<typeof ProfilePoint>;

const parseShape = createParse(Profile, 'profile', 'document/invalid');

/** The register that a profile's point describes. */
export const toRegister = (point: Omit<Partial<ProfilePoint>, 'address'> & Pick<ProfilePoint, 'table' | 'address' | 'type'>): Register => ({
  table: point.table,
  address: point.address,
  type: point.type,
  wordOrder: point.wordOrder ?? 'big',
  scale: point.scale ?? 1,
  offset: point.offset ?? 0,
  sentinels: point.sentinels ?? [],
});

const findBreach = ({ table, type, access, range, quantity, scale }: ProfilePoint): string | null => {
  const isBitTable = table === 'coil' || table === 'discrete';
  if (isBitTable !== (type === 'bit')) return `a ${type} cannot be in the ${table} table`;
  if (access !== 'read' && (table === 'discrete' || table === 'input')) return `nothing can be written to the ${table} table`;
  if (scale === 0) return 'a scale of 0 loses the value';
  if (isBitTable && quantity !== 'boolean') return `a bit is no ${quantity}`;
  const { min, max } = quantities[quantity];
  if (range !== undefined && (range.min > range.max || range.min < min || range.max > max)) {
    return `the range ${range.min} to ${range.max} is not within ${min} to ${max}, what a ${quantity} can be`;
  }
  return null;
};

/**
 * Lets a profile in.
 *
 * @throws Fault `document/invalid` that names the profile, the point and what is wrong with it.
 */
export const parseProfile = (value: unknown): Profile => {
  const profile = parseShape(value);
  for (const [name, point] of Object.entries(profile.points)) {
    const breach = findBreach(point);
    if (breach !== null) throw new Fault('document/invalid', `profile ${profile.profile}, point ${name}: ${breach}`);
  }
  return profile;
};
