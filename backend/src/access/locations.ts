import { Fault, toLocation, toLocations, type LocationId, type PointId, type Role } from '@phloem/protocol';
import type { Identity } from './identity.ts';
import { isShownOwnLocationsOnly } from './permissions.ts';

/**
 * What somebody is shown: a service the locations of its credential, a person everything. Undefined is everywhere. What of an
 * installation belongs to no one place (alarms, interlocks, who leads) is shown to all.
 */
export const seesOf = ({
  role,
  locations,
}: {
  readonly role: Role;
  readonly locations?: readonly LocationId[] | undefined;
}): readonly LocationId[] | undefined => (isShownOwnLocationsOnly(role) ? locations : undefined);

/**
 * Lets a technician act in the locations of his credential only; who has none named acts everywhere.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustBeWithin = ({ locations, role }: Identity, location: LocationId): void => {
  if (locations !== undefined && !locations.includes(location)) {
    throw new Fault('auth/forbidden', `this ${role} may not do this in ${location}, only in ${locations.join(', ')}`);
  }
};

/** The places that a path names. */
const toPlaces = (route: string, params: unknown): readonly LocationId[] => {
  const { id = '', scope = '' } = (params ?? {}) as { readonly id?: string; readonly scope?: string };
  if (/^\/api\/v1\/(points|devices)\/:id(\/|$)/.test(route)) return [toLocation(id)];
  if (/^\/api\/v1\/checkpoints\/:scope(\/|$)/.test(route)) return toLocations(scope);
  return /^\/api\/v1\/locations\/:id(\/|$)/.test(route) ? [id] : [];
};

/**
 * Lets a service read of its own locations only, by the places that the path names.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustSee = (identity: Identity, route: string, params: unknown): void => {
  const sees = seesOf(identity);
  if (sees === undefined) return;
  const place = toPlaces(route, params).find((each) => !sees.includes(each));
  if (place !== undefined) {
    throw new Fault('auth/forbidden', `this ${identity.role} may not read ${place}, only ${sees.join(', ')}`);
  }
};

/** Tests whether somebody may read of a point or a device. */
export const seenBy = (identity: Identity | null): ((id: PointId) => boolean) => {
  const sees = identity === null ? undefined : seesOf(identity);
  return (id) => sees === undefined || sees.includes(toLocation(id));
};
