import type { HubHttp } from '../live/hub-http.ts';

/** Notifies the hub that somebody has seen the alarm. What becomes of it comes over the stream, to every screen alike. */
export const acknowledge = async (http: HubHttp, alarm: string): Promise<void> => {
  await http.post(`/api/v1/alarms/${encodeURIComponent(alarm)}/acknowledge`, {}, 'anything');
};
