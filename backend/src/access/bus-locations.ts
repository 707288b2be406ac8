import { Fault, toLocation, type LocationId } from '@phloem/protocol';
import type { Identity } from './identity.ts';

/** The registers of a field, by bus and by the point or device that they belong to. */
type Registers = { registers(): readonly { readonly bus: string; readonly id: string }[] };

/** Where the instruments and devices of a bus are. */
const toBusLocations = (field: Registers, bus: string): ReadonlySet<LocationId> =>
  new Set(field.registers().flatMap((place) => (place.bus === bus ? [toLocation(place.id)] : [])));

/**
 * Lets a technician of some locations reach the buses that serve one of them.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustServe = (locations: Identity['locations'], field: Registers, bus: string): void => {
  if (locations === undefined) return;
  const served = toBusLocations(field, bus);
  if (!locations.some((location) => served.has(location))) {
    throw new Fault('auth/forbidden', `the bus ${bus} serves none of ${locations.join(', ')}`);
  }
};
