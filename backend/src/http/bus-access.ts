import { Fault, toLocation, type LocationId } from '@phloem/protocol';
import type { BusDiagnostics } from '../field/bus-diagnostics.ts';
import type { Identity } from './access.ts';

/** Where the instruments and devices of a bus are. */
const toBusLocations = (diagnostics: Pick<BusDiagnostics, 'registers'>, bus: string): ReadonlySet<LocationId> =>
  new Set(diagnostics.registers().flatMap((place) => (place.bus === bus ? [toLocation(place.id)] : [])));

/**
 * Lets a technician of some locations reach the buses that serve one of them.
 *
 * @throws Fault `auth/forbidden`.
 */
export const mustServe = (locations: Identity['locations'], diagnostics: Pick<BusDiagnostics, 'registers'>, bus: string): void => {
  if (locations === undefined) return;
  const served = toBusLocations(diagnostics, bus);
  if (!locations.some((location) => served.has(location))) {
    throw new Fault('auth/forbidden', `the bus ${bus} serves none of ${locations.join(', ')}`);
  }
};
