import { hashDocument } from './canonical-json.ts';
import type { DeviceId, DocumentHash, Epoch, Lsn } from './names.ts';

/**
 * The id of a device-state frame, made from what caused it: the same decision always has the same id, so that a
 * service that goes over the same entries again repeats itself and commands nothing twice.
 */
export const toFrameId = (bundle: DocumentHash, device: DeviceId, epoch: Epoch, cause: Lsn, ordinal: number): string => {
  // Twelve digits distinguish bundles within an epoch. Ids are bounded: a very long device name gives way to its hash.
  const name = device.length <= 96 ? device : hashDocument(device).slice(0, 32);
  return `${bundle.slice(0, 12)}.${epoch}.${cause}.${ordinal}.${name}`;
};
