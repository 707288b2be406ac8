import type { Millis } from '@phloem/protocol';
import type { DeviceSpec, PointSpec } from '../../site/site.ts';
import type { Register } from '../../site/register.ts';

/** A point that is read from a register. */
export type ReadPoint = PointSpec & { readonly source: Extract<PointSpec['source'], { kind: 'register' }> };

/** What a stretch of registers is read for. */
export type BlockItem = { readonly register: Register } & (
  | { readonly kind: 'point'; readonly point: ReadPoint }
  | { readonly kind: 'device'; readonly device: DeviceSpec }
);

/** How often an item is to be reported. */
export const toItemInterval = (item: BlockItem): Millis => (item.kind === 'point' ? item.point.intervalMs : item.device.pollMs);
