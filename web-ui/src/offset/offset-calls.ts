import type { OffsetRequest, OffsetStatus } from '@phloem/protocol';
import type { HubHttp } from '../live/hub-http.ts';

const toPath = (setpoint: string): string => `/api/v1/setpoints/${encodeURIComponent(setpoint)}/offset`;

/** Moves a set-point. Sent once, now: never queued, never repeated. */
export const setOffset = (http: HubHttp, setpoint: string, request: OffsetRequest): Promise<OffsetStatus> =>
  http.post(toPath(setpoint), request, 'offset');

/** Lets a set-point go back; only from the offset that this entry began, so that nobody's newer one ends by it. */
export const releaseOffset = (http: HubHttp, setpoint: string, lsn: number): Promise<OffsetStatus> =>
  http.delete(toPath(setpoint), { lsn }, 'offset');
