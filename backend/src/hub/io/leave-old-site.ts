import { textReason, type Reason } from '@phloem/protocol';
import { setTimeout as pause } from 'node:timers/promises';
import type { FieldPort } from '../../field/field-port.ts';
import { openField } from '../../field/io/open-field.ts';
import { toWired } from '../../site/to-relays.ts';
import { isSameValue, toWord } from '../../devices/device-value.ts';
import type { DeviceSpec, Site } from '../../site/site.ts';
import type { LeftOutcome } from '../change-site.ts';
import { toLeftValue } from '../leave-safe.ts';

/** So long a start waits for devices that the site no longer has as they were. */
const deadlineMs = 4000;
const againMs = 200;

/** Drives devices to their safe states over the buses of the site that had them, and reads each back. */
export const leaveOldSite = async (old: Site, left: readonly DeviceSpec[]): Promise<readonly LeftOutcome[]> => {
  // An actuator of two relays is left where it is, with both off.
  const devices = left.flatMap(toWired);
  const used = new Set(devices.flatMap(({ write, readBack }) => [write.bus, readBack.bus]));
  const { interlocks: _interlocks, alarms: _alarms, ...rest } = old;
  const field = openField({ ...rest, buses: old.buses.filter(({ id }) => used.has(id)), points: [], devices });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    void field.close();
  }, deadlineMs);
  try {
    const outcomes = await Promise.all(devices.map((device) => leave(field, device, () => isLate)));
    return left.map((device) => toLeft(device, outcomes));
  } finally {
    clearTimeout(deadline);
    await field.close();
  }
};

/** What became of a device: of an actuator of two relays, what is wrong with either. */
const toLeft = (device: DeviceSpec, outcomes: readonly LeftOutcome[]): LeftOutcome => {
  const own = outcomes.filter((one) => one.device.id === device.id || one.device.id.startsWith(`${device.id}#`));
  return { device, value: own[0]?.value ?? toLeftValue(device), problem: own.find(({ problem }) => problem !== null)?.problem ?? null };
};

/** A safe value is absolute: writing it again after a silence does no harm. */
const leave = async (field: Pick<FieldPort, 'write' | 'readBack'>, device: DeviceSpec, isLate: () => boolean): Promise<LeftOutcome> => {
  const value = toLeftValue(device);
  let problem: Reason = textReason('it does not answer');
  let isWritten = false;
  while (!isLate()) {
    if (!isWritten) {
      const written = await field.write(device, value, { isUrgent: true });
      isWritten = written.kind === 'echoed';
      if ('why' in written) problem = textReason(written.why);
      if (written.kind === 'refused' && written.isRetryable !== true) break;
    }
    if (isWritten && !isLate()) {
      const seen = await field.readBack(device);
      if (seen.kind === 'value' && isSameValue(device, seen.value, value)) return { device, value, problem: null };
      problem = seen.kind === 'value' ? textReason(`it reads back ${toWord(seen.value, device)}`) : seen.why;
    }
    await pause(againMs);
  }
  return { device, value, problem };
};
