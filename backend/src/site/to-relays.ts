import type { DeviceSpec } from './site.ts';

/** The two relays of a three-point actuator. */
export type RelayName = 'open' | 'close';
export const relayNames: readonly RelayName[] = ['open', 'close'];

/** One relay as a switch of its own, off when it is left. Its id is no device's: no command ever names it. */
export const toRelay = (device: DeviceSpec, relay: RelayName): DeviceSpec => {
  const { threePoint, tolerance: _tolerance, step: _step, deadband: _deadband, ...rest } = device;
  const closing = relay === 'close' ? threePoint?.closing : undefined;
  return {
    ...rest,
    ...closing,
    id: `${device.id}#${relay}`,
    kind: 'switch',
    failSafe: { after: device.failSafe.after, value: false },
    merge: 'exclusive',
  };
};

/** A device as it is wired: a three-point actuator is two relays, everything else itself. */
export const toWired = (device: DeviceSpec): readonly DeviceSpec[] =>
  device.threePoint === undefined ? [device] : relayNames.map((relay) => toRelay(device, relay));
