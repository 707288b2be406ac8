import { toFrameId, type DeviceStateFrame, type DocumentHash, type Epoch } from '@phloem/protocol';
import type { Decision } from './plan.ts';

/** How long after its cause a request may still be accepted. */
export const frameTtlMs = 5000;

/** A decision as it travels. Its id says what caused it, so that the same decision is the same frame on every node. */
export const toFrame = (bundle: DocumentHash, epoch: Epoch, { device, value, op, why, cause, ordinal }: Decision): DeviceStateFrame => ({
  id: toFrameId(bundle, device, epoch, cause, ordinal),
  device,
  value,
  op,
  cause: { epoch, lsn: cause },
  ttlMs: frameTtlMs,
  why,
});
