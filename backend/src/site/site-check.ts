import { hintForName, parseDuration, type DocumentPlace, type Path, type Problem, type SourceDocument } from '@phloem/protocol/rules';
import { Fault, millis, type Millis } from '@phloem/protocol';
import { toRegister, type Profile, type ProfilePoint } from './profile.ts';
import type { RegisterPlace } from './site.ts';

/** Collects everything that is wrong with a document, each with its place. */
export type Complain = (path: Path, expected: string, found: string, hint?: string) => void;

/** A collector for one document. */
export const createComplain =
  (source: SourceDocument, problems: Problem[]): Complain =>
  (path, expected, found, hint = '') => {
    problems.push(source.problem(path, { expected, found, hint }));
  };

/** What names in the documents of a site may refer to. */
export type SiteNames = {
  readonly buses: readonly string[];
  readonly locations: readonly string[];
  readonly profiles: ReadonlyMap<string, Profile>;
};

/** Complains about a name that nobody bears; says whether somebody does. */
export const isKnown = (name: string, known: readonly string[], what: string, path: Path, complain: Complain): boolean => {
  if (known.includes(name)) return true;
  complain(path, `a known ${what}`, JSON.stringify(name), hintForName(name, known));
  return false;
};

/** The durations of a document have passed the pattern of the schema. */
export const toMillis = (written: string | undefined, otherwise: number): Millis => {
  if (written === undefined) return millis(otherwise);
  const length = parseDuration(written);
  if (length === undefined) throw new Fault('document/invalid', `${written} is no duration`);
  return length;
};

/** The point of a profile, or null after a complaint. */
export const findProfilePoint = (
  profileName: string,
  pointName: string,
  names: SiteNames,
  path: { readonly profile: Path; readonly point: Path },
  complain: Complain,
): ProfilePoint | null => {
  if (!isKnown(profileName, [...names.profiles.keys()], 'profile', path.profile, complain)) return null;
  const points = names.profiles.get(profileName)?.points ?? {};
  if (!isKnown(pointName, Object.keys(points), `point of ${profileName}`, path.point, complain)) return null;
  return points[pointName] ?? null;
};

/** Where a document says that a register is; null after a complaint. */
export const findPlace = (place: DocumentPlace, names: SiteNames, path: Path, complain: Complain): RegisterPlace | null => {
  const { bus, unit } = place;
  const isBus = isKnown(bus, names.buses, 'bus', [...path, 'bus'], complain);
  if ('register' in place) {
    const { table, type } = place.register;
    if ((table === 'coil' || table === 'discrete') !== (type === 'bit')) {
      complain([...path, 'register', 'type'], table === 'coil' || table === 'discrete' ? 'bit' : 'a type of registers', type);
      return null;
    }
    return isBus ? { bus, unit, register: toRegister(place.register) } : null;
  }
  const at = { profile: [...path, 'profile'], point: [...path, 'point'] };
  const point = findProfilePoint(place.profile, place.point, names, at, complain);
  return isBus && point !== null ? { bus, unit, register: toRegister(point) } : null;
};
