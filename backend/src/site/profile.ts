import { factsOf, quantityNames, wordCountOf } from '@phloem/protocol';
import {
  DocumentFault,
  DocumentQuirks,
  findProblems,
  registerKeyHints,
  registerKeys,
  toSourceDocument,
  Totalise,
  type Problem,
  type SourceDocument,
} from '@phloem/rules';
import { Type, type Static } from 'typebox';
import { findRegisterBreaches } from './check-register.ts';
import { toSpan } from './register-span.ts';
import { besideKeys, findBesideProblems, toBeside } from './to-beside.ts';
import { toTotaliser } from './to-totaliser.ts';
import { findUnitBreach, toPointRange } from './profile-unit.ts';

const closed = { additionalProperties: false } as const;

const ProfilePoint = Type.Object(
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

const findPointProblems = (name: string, point: ProfilePoint, source: SourceDocument): readonly Problem[] => {
  const at = ['points', name];
  const { table, access, range, quantity, type, unit } = point;
  const problems = findRegisterBreaches(point).map(({ key, ...complaint }) => source.problem([...at, key], complaint));
  const complain = (key: string, expected: string, found: string, hint = ''): void => {
    problems.push(source.problem([...at, key], { expected, found, hint }));
  };
  if (access !== 'read' && (table === 'discrete' || table === 'input')) {
    complain('access', `read: nothing can be written to the ${table} table`, access);
  }
  if (type === 'bit' && quantity !== 'boolean') complain('quantity', 'boolean: a bit is on or off', quantity);
  const breach = unit === undefined ? null : findUnitBreach(unit, quantity);
  if (breach !== null) complain('unit', breach.expected, JSON.stringify(unit), breach.hint);
  const facts = factsOf(quantity);
  const [min, max] = facts.limits;
  const own = toPointRange(point);
  if (range !== undefined && (own.min > own.max || own.min < min || own.max > max)) {
    complain('range', `a range within ${min} to ${max} ${facts.unit}, what a ${quantity} can be`, `${range.min} to ${range.max}`);
  }
  findBesideProblems(point, at, (path, expected, found, hint = '') => {
    problems.push(source.problem(path, { expected, found, hint }));
  });
  if (point.totalise !== undefined) {
    toTotaliser(point.totalise, point, [...at, 'totalise'], (path, expected, found, hint = '') => {
      problems.push(source.problem(path, { expected, found, hint }));
    });
  }
  if (quantity === 'boolean')
    for (const key of ['range', 'margin', 'decimals'] as const)
      if (point[key] !== undefined) complain(key, `no ${key} of what is on or off`, JSON.stringify(point[key]));
  return problems;
};

/** Points of several registers whose request would reset what lies between them. */
const findClearedProblems = (points: Profile['points'], source: SourceDocument): readonly Problem[] => {
  const cleared = Object.entries(points).filter(([, { clearOnRead }]) => clearOnRead === true);
  return Object.entries(points).flatMap(([name, point]) => {
    const beside = toBeside(point, 1);
    if (beside === undefined) return [];
    const { address, count } = toSpan({ ...point, beside });
    return cleared.flatMap(([other, one]) =>
      other === name || one.table !== point.table || one.address >= address + count || one.address + wordCountOf(one.type) <= address
        ? []
        : [
            source.problem(['points', name], {
              expected: 'registers between which none is reset by being read',
              found: other,
              hint: 'read them as points of their own',
            }),
          ],
    );
  });
};

/** Everything that is wrong with a profile; nothing when it is one. */
export const findProfileProblems = (source: SourceDocument): readonly Problem[] => {
  const problems = findProblems(Profile, source);
  if (problems.length > 0) return problems;
  const { points } = source.value as Profile;
  return [
    ...Object.entries(points).flatMap(([name, point]) => findPointProblems(name, point, source)),
    ...findClearedProblems(points, source),
  ];
};

/**
 * Lets a profile in.
 *
 * @throws DocumentFault `document/invalid` with everything that is wrong: where, what is allowed, and what to do.
 */
export const parseProfile = (source: SourceDocument): Profile => {
  const problems = findProfileProblems(source);
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return source.value as Profile;
};

/** Lets a profile in that has no text of its own. */
export const parseProfileValue = (value: unknown, name = 'profile'): Profile => parseProfile(toSourceDocument(value, name));
