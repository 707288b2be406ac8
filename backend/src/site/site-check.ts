import type { DocumentPlace, Path } from '@phloem/rules';
import { findRegisterBreaches } from './check-register.ts';
import type { Profile, ProfilePoint } from './profile.ts';
import { toPointRegister } from './profile-unit.ts';
import { toRegister } from './to-register.ts';
import type { RegisterPlace } from './register.ts';
import { type Complain, isKnown } from './complain.ts';

/** What names in the documents of a site may refer to. */
export type SiteNames = {
  readonly buses: readonly string[];
  readonly locations: readonly string[];
  readonly profiles: ReadonlyMap<string, Profile>;
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

/** What a site does with a point of a profile. */
export type PointUse = 'read' | 'write';

/** Complains about a point that its profile does not allow to be read, or to be written; says whether it does. */
export const isAllowed = (point: ProfilePoint, name: string, use: PointUse, path: Path, complain: Complain): boolean => {
  if (point.access === 'read-write' || point.access === use) return true;
  const hint = `access: read-write in the profile, where the unit does let it be ${use === 'read' ? 'read' : 'written'}`;
  complain(path, `a point that can be ${use === 'read' ? 'read' : 'written'}`, `${name}, of the access ${point.access}`, hint);
  return false;
};

/** Where a document says that a register is that is read or written; null after a complaint. */
export const findPlace = (place: DocumentPlace, use: PointUse, names: SiteNames, path: Path, complain: Complain): RegisterPlace | null => {
  const { bus, unit } = place;
  const isBus = isKnown(bus, names.buses, 'bus', [...path, 'bus'], complain);
  if ('register' in place) {
    const breaches = findRegisterBreaches(place.register);
    for (const { key, expected, found, hint } of breaches) complain([...path, 'register', key], expected, found, hint);
    return isBus && breaches.length === 0 ? { bus, unit, register: toRegister(place.register) } : null;
  }
  const at = { profile: [...path, 'profile'], point: [...path, 'point'] };
  const point = findProfilePoint(place.profile, place.point, names, at, complain);
  if (point !== null && (point.plus ?? point.scaleFrom ?? point.validWhen) !== undefined) {
    complain(at.point, 'a point of one register: a device has no value of several', place.point);
    return null;
  }
  if (point !== null && !isAllowed(point, place.point, use, at.point, complain)) return null;
  return isBus && point !== null ? { bus, unit, register: toPointRegister(point) } : null;
};
