import type { LocationId, Role } from '@phloem/protocol';

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
}): readonly LocationId[] | undefined => (role === 'automation' || role === 'relay' ? locations : undefined);
