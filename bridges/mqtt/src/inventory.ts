import type { DeviceId, DeviceKind, DeviceValue, PointId, Quantity } from '@phloem/protocol';

/** What a site has, as far as a broker shows it. */
export type SiteInventory = {
  readonly locations: readonly { readonly id: string; readonly title: string }[];
  readonly points: readonly {
    readonly id: PointId;
    readonly title: string;
    readonly quantity: Quantity;
    readonly unit: string;
    readonly intervalMs: number;
  }[];
  readonly devices: readonly {
    readonly id: DeviceId;
    readonly title: string;
    readonly kind: DeviceKind;
    /** What was read back last; null where nothing was. */
    readonly confirmed: DeviceValue | null;
  }[];
};

/** For how long a reading counts as current: three intervals, at least 5 s, as the hub itself counts. */
export const toLifetimeMs = (intervalMs: number): number => Math.max(5000, 3 * intervalMs);
