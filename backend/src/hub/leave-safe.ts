import type { DeviceValue } from '@phloem/protocol';
import type { FieldPort, WriteOutcome } from '../field/field-port.ts';
import { toWired } from '../site/to-relays.ts';
import type { DeviceSpec } from '../site/site.ts';

/**
 * Writes to every output, past the gate and without a word in the log, the value that may stay when nobody watches. Only
 * for the moment in which the log itself is lost: nothing can be decided or recorded any more, and whatever is on would
 * stay on. A safe state is absolute, so that writing it once more than recorded does no harm.
 *
 * @returns what came of each; settles within the deadlines of the buses.
 */
export const leaveSafe = (field: Pick<FieldPort, 'write'>, devices: readonly DeviceSpec[]): Promise<readonly WriteOutcome[]> =>
  Promise.all(devices.flatMap(toWired).map((device) => field.write(device, toLeftValue(device), { isUrgent: true })));

/** The value in which a device may be left; one that would be held at first has what comes after the holding. */
export const toLeftValue = ({ failSafe }: Pick<DeviceSpec, 'failSafe'>): DeviceValue =>
  'value' in failSafe ? failSafe.value : failSafe.then;
