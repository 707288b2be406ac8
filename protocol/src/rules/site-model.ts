import type { DeviceValue } from '../entry.ts';
import type { DeviceId, PointId } from '../names.ts';
import type { Quantity } from '../quantity.ts';
import type { Millis } from '../time.ts';

/** How requests of one level become one wish. */
export type MergePolicy = 'exclusive' | 'any-on' | 'all-on' | 'max' | 'min' | 'mean';

/** A device as the language sees it. */
export type DeviceModel = {
  readonly id: DeviceId;
  readonly kind: 'switch' | 'percent';
  /** What is wished when nobody asks for anything: its safe value. */
  readonly fallback: DeviceValue;
  readonly minOn: Millis;
  readonly minOff: Millis;
  readonly merge: MergePolicy;
};

/** A point as the language sees it; `inputs` are the points that the hub derives it from, where it does. */
export type PointModel = { readonly id: PointId; readonly quantity: Quantity; readonly inputs?: readonly PointId[] };

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
  readonly points: readonly (PointModel & { readonly source?: { readonly kind: string; readonly inputs?: readonly PointId[] } })[];
  readonly devices: readonly (Omit<DeviceModel, 'fallback'> & {
    readonly failSafe: { readonly value: DeviceValue } | { readonly then: DeviceValue };
  })[];
  readonly timeZone: string;
  readonly isDemonstration: boolean;
};

/** The site as the language sees it. A device that nobody asks for anything is wished into its safe state. */
export const toSiteModel = ({ points, devices, timeZone, isDemonstration }: SiteParts): SiteModel => ({
  points: points.map(({ id, quantity, source, inputs = source?.inputs }) => ({
    id,
    quantity,
    ...(inputs === undefined ? {} : { inputs }),
  })),
  devices: devices.map(({ id, kind, failSafe, minOn, minOff, merge }) => ({
    id,
    kind,
    fallback: 'value' in failSafe ? failSafe.value : failSafe.then,
    minOn,
    minOff,
    merge,
  })),
  timeZone,
  isDemonstration,
});
