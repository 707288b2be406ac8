import { millis, type Quantity, toOffValue } from '@phloem/protocol';
import { findProblems, kindOf } from '../documents/check.ts';
import { DevicesDocument, type DeviceDeclaration } from '../documents/devices.ts';
import { SignalsDocument } from '../documents/signals.ts';
import { DocumentFault, type Problem } from '../documents/problem.ts';
import type { SourceDocument } from '../documents/source.ts';
import { toDeviceValue } from '../plan/device-value.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { parseDuration, parseQuantity } from '../units/units.ts';

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
        devices.push(toTestDevice(id, device));
      }
    }
  }
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return { points: [...points].map(([id, quantity]) => ({ id, quantity })), devices, timeZone, isDemonstration: false };
};

/** A device as its document says it; a document that contradicts itself is refused where the site is checked. */
const toTestDevice = (id: string, device: DeviceDeclaration): DeviceModel => {
  const { failSafe, kind, quantity } = device;
  const number = (written: number | string | undefined): number | undefined =>
    written === undefined || typeof written === 'number' ? written : parseQuantity(written)?.value;
  const duration = (written: string | undefined) => (written === undefined ? undefined : parseDuration(written));
  const [min, max] = (device.range ?? []).map(number);
  const [maxRun, maxOnPerHour] = [duration(device.maxRun), duration(device.maxOnPerHour)];
  const [step, deadband, slewPerS] = [number(device.step), number(device.deadband), number(device.slew)];
  const shape = {
    kind,
    ...(quantity !== undefined && { quantity }),
    ...(min !== undefined && max !== undefined && { range: { min, max } }),
    ...(step !== undefined && { step }),
    ...(device.modes !== undefined && { modes: Object.entries(device.modes).map(([name, raw]) => ({ name, raw })) }),
  };
  return {
    id,
    ...shape,
    fallback: toDeviceValue('value' in failSafe ? failSafe.value : failSafe.then, shape) ?? toOffValue(shape) ?? 0,
    minOn: duration(device.minOn) ?? millis(0),
    minOff: duration(device.minOff) ?? millis(0),
    ...(maxRun !== undefined && { maxRun }),
    ...(maxOnPerHour !== undefined && { maxOnPerHour }),
    ...(device.maxStartsPerHour !== undefined && { maxStartsPerHour: device.maxStartsPerHour }),
    ...(deadband !== undefined && { deadband }),
    ...(slewPerS !== undefined && { slewPerS }),
    ...(device.protectCompressor === true && { protectCompressor: true }),
    merge: device.merge,
  };
};
