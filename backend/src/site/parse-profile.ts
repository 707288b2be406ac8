import { factsOf, wordCountOf } from '@phloem/protocol';
import { DocumentFault, findProblems, toSourceDocument, type Problem, type SourceDocument } from '@phloem/rules';
import { findRegisterBreaches } from './check-register.ts';
import { toSpan } from './register-span.ts';
import { findBesideProblems, toBeside } from './to-beside.ts';
import { toTotaliser } from './to-totaliser.ts';
import { findUnitBreach, toPointRange } from './profile-unit.ts';
import { Profile, type ProfilePoint } from './profile.ts';

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
