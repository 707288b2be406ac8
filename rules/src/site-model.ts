import type { DeviceId, DeviceShape, DeviceValue, NamedValues, PointId, Quantity } from '@phloem/protocol';
import type { DeviceLimitSet } from './device-limits.ts';

/** How requests of one level become one request. */
export type MergePolicy = 'exclusive' | 'any-on' | 'all-on' | 'max' | 'min' | 'mean';

/** A device as the language sees it. */
export type DeviceModel = DeviceShape &
  DeviceLimitSet & {
    readonly id: DeviceId;
    /** What is requested when nobody asks for anything: its safe value. */
    readonly fallback: DeviceValue;
    /** `minOff` holds against interlocks and safe states, too. */
    readonly protectCompressor?: boolean;
    readonly merge: MergePolicy;
  };

/**
 * A point as the language sees it; `inputs` are the points that the hub derives it from, where it does, and `names` what
 * its values are called.
 */
export type PointModel = {
  readonly id: PointId;
  readonly quantity: Quantity;
  readonly inputs?: readonly PointId[];
  readonly names?: NamedValues;
};

/** What a bundle is checked against: the parts of a site that the language knows of. */
export type SiteModel = {
  readonly points: readonly PointModel[];
  readonly devices: readonly DeviceModel[];
  readonly timeZone: string;
  /** In a demonstration the quality `simulated` counts as good. */
  readonly isDemonstration: boolean;
};

/** What the content of a site says that the language needs; it says more, for the hub. */
export type SiteParts = {
  readonly points: readonly (PointModel & {
    readonly source?: { readonly kind: string; readonly inputs?: readonly PointId[]; readonly register?: { readonly names?: NamedValues } };
  })[];
  readonly devices: readonly (Omit<DeviceModel, 'fallback'> & {
    readonly failSafe: { readonly value: DeviceValue } | { readonly then: DeviceValue };
  })[];
  readonly timeZone: string;
  readonly isDemonstration: boolean;
};

/** The site as the language sees it. A device that nobody asks for anything is requested into its safe state. */
export const toSiteModel = ({ points, devices, timeZone, isDemonstration }: SiteParts): SiteModel => ({
  points: points.map(({ id, quantity, source, inputs = source?.inputs, names = source?.register?.names }) => ({
    id,
    quantity,
    ...(inputs === undefined ? {} : { inputs }),
    ...(names === undefined ? {} : { names }),
  })),
  devices: devices.map((device) => ({
    id: device.id,
    fallback: 'value' in device.failSafe ? device.failSafe.value : device.failSafe.then,
    merge: device.merge,
    ...(device.protectCompressor === true && { protectCompressor: true }),
    ...toShape(device),
    ...toLimits(device),
  })),
  timeZone,
  isDemonstration,
});

const toShape = ({ kind, quantity, range, step, modes }: DeviceShape): DeviceShape => ({
  kind,
  ...(quantity !== undefined && { quantity }),
  ...(range !== undefined && { range }),
  ...(step !== undefined && { step }),
  ...(modes !== undefined && { modes }),
});

const toLimits = ({ minOn, minOff, maxRun, maxStartsPerHour, maxOnPerHour, slewPerS, deadband }: DeviceLimitSet): DeviceLimitSet => ({
  minOn,
  minOff,
  ...(maxRun !== undefined && { maxRun }),
  ...(maxStartsPerHour !== undefined && { maxStartsPerHour }),
  ...(maxOnPerHour !== undefined && { maxOnPerHour }),
  ...(slewPerS !== undefined && { slewPerS }),
  ...(deadband !== undefined && { deadband }),
});
