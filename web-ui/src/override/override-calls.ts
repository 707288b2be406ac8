import type { DeviceId, OverridePreview, OverridePreviewRequest, OverrideRequest, OverrideStatus } from '@phloem/protocol';
import type { HubHttp } from '../live/hub-http.ts';

const toPath = (device: DeviceId): string => `/api/v1/devices/${encodeURIComponent(device)}/override`;

/** Overrides a device. Sent once, now: never queued, never repeated. */
export const setOverride = (http: HubHttp, device: DeviceId, request: OverrideRequest): Promise<OverrideStatus> =>
  http.post(toPath(device), request, 'override');

/** Takes the hand off again. */
export const releaseOverride = (http: HubHttp, device: DeviceId): Promise<OverrideStatus> => http.delete(toPath(device), {}, 'override');

/** Asks what would come of it; nothing comes of asking. */
export const previewOverride = (
  http: HubHttp,
  device: DeviceId,
  request: OverridePreviewRequest,
  signal: AbortSignal,
): Promise<OverridePreview> => http.post(`${toPath(device)}/preview`, request, 'overridePreview', { signal });
