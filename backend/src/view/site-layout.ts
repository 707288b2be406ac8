import { longestOverrideMs, quantities, type DeviceLimits, type SiteLayout } from '@phloem/protocol';
import { toSettleMs } from '../devices/device-value.ts';
import type { DeviceSpec, Site } from '../site/site.ts';

/** The site as panels show it. */
export const toLayout = (site: Site, revision: number): SiteLayout => ({
  hash: site.hash,
  revision,
  title: site.title,
  timeZone: site.timeZone,
  isDemonstration: site.isDemonstration,
  locations: site.locations.map(({ id, title }) => ({ id, title })),
  points: site.points.map(({ id, quantity, intervalMs, decimals, title, source, range }) => ({
    id,
    quantity,
    intervalMs,
    decimals: decimals ?? quantities[quantity].decimals,
    title,
    isDerived: source.kind === 'derived',
    range: range ?? null,
    ...(source.kind === 'register' && source.register.names !== undefined && { names: source.register.names }),
    ...(source.kind === 'ingest' && { source: source.source }),
  })),
  devices: site.devices.map((device) => {
    const { id, title, power, failSafe, feedback } = device;
    return {
      id,
      ...toShape(device),
      title,
      power,
      failSafe: { afterMs: failSafe.after, value: 'value' in failSafe ? failSafe.value : null },
      limits: toLimits(device),
      ...(feedback !== undefined && { feedback }),
    };
  }),
});

const toShape = ({ kind, quantity, range, step, modes }: DeviceSpec) => ({
  kind,
  ...(quantity !== undefined && { quantity }),
  ...(range !== undefined && { range }),
  ...(step !== undefined && { step }),
  ...(modes !== undefined && { modes: [...modes] }),
});

const toLimits = (device: DeviceSpec): DeviceLimits => {
  const { minOn, minOff, protectCompressor, maxOverride } = device;
  const settleMs = toSettleMs(device);
  return {
    ...(minOn > 0 && { minOnMs: minOn }),
    ...(minOff > 0 && { minOffMs: minOff }),
    ...(protectCompressor === true && { isCompressor: true }),
    ...(settleMs > 1000 && { settleMs }),
    maxOverrideMs: maxOverride ?? longestOverrideMs,
  };
};
