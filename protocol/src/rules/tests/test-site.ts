import type { DeviceValue } from '../../entry.ts';
import type { Quantity } from '../../quantity.ts';
import { millis } from '../../time.ts';
import { findProblems, kindOf } from '../documents/check.ts';
import { DevicesDocument } from '../documents/devices.ts';
import { SignalsDocument } from '../documents/signals.ts';
import { DocumentFault, type Problem } from '../documents/problem.ts';
import type { SourceDocument } from '../documents/source.ts';
import { toDeviceValue } from '../plan/device-value.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { parseDuration } from '../units.ts';

/**
 * A site for tests that name their documents: devices from Devices documents, points from what Signals documents take in.
 * Inputs have to say their quantity, since no instrument does.
 *
 * @throws DocumentFault `document/invalid` when a document is not what its kind must be.
 */
export const toTestSite = (sources: readonly SourceDocument[], timeZone = 'UTC'): SiteModel => {
  const problems: Problem[] = [];
  const devices: DeviceModel[] = [];
  const points = new Map<string, Quantity>();
  for (const source of sources) {
    const kind = kindOf(source);
    const schema = kind === 'Devices' ? DevicesDocument : kind === 'Signals' ? SignalsDocument : undefined;
    if (schema === undefined) continue;
    const found = findProblems(schema, source);
    problems.push(...found);
    if (found.length > 0) continue;
    if (kind === 'Signals') {
      for (const [name, input] of Object.entries((source.value as SignalsDocument).spec.inputs)) {
        if (input.quantity !== undefined) points.set(input.point, input.quantity);
        else if (!points.has(input.point)) {
          problems.push(
            source.problem(['spec', 'inputs', name], { expected: 'a quantity: no instrument says it in a test', found: 'none' }),
          );
        }
      }
    } else {
      for (const [id, device] of Object.entries((source.value as DevicesDocument).spec.devices)) {
        const { failSafe } = device;
        const fallback = toDeviceValue('value' in failSafe ? failSafe.value : failSafe.then, device.kind);
        devices.push({
          id,
          kind: device.kind,
          fallback: fallback ?? (device.kind === 'switch' ? false : (0 satisfies DeviceValue)),
          minOn: parseDuration(device.minOn ?? '0s') ?? millis(0),
          minOff: parseDuration(device.minOff ?? '0s') ?? millis(0),
          merge: device.merge,
        });
      }
    }
  }
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return { points: [...points].map(([id, quantity]) => ({ id, quantity })), devices, timeZone, isDemonstration: false };
};
