import { maxAlarmsPerRequest, type ShelveRequest } from '@phloem/protocol';
import type { HubHttp } from '../live/hub-http.ts';

/** One request for as many as the hub takes at once. What becomes of them comes over the stream, to every screen alike. */
const postAll = async (http: HubHttp, action: string, alarms: readonly string[], body: object): Promise<void> => {
  for (let from = 0; from < alarms.length; from += maxAlarmsPerRequest) {
    const some = alarms.slice(from, from + maxAlarmsPerRequest);
    await http.post(`/api/v1/alarms/${action}`, { ...body, alarms: some }, 'anything');
  }
};

/** Notifies the hub that somebody has seen the alarms. */
export const acknowledgeAlarms = (http: HubHttp, alarms: readonly string[], comment: string): Promise<void> =>
  postAll(http, 'acknowledge', alarms, comment.trim() === '' ? {} : { comment: comment.trim() });

/** Shelves the alarms: they make no sign until the end. */
export const shelveAlarms = (http: HubHttp, alarms: readonly string[], how: Pick<ShelveRequest, 'forMs' | 'reason'>): Promise<void> =>
  postAll(http, 'shelve', alarms, how);

/** Ends the shelving of the alarms before its time. */
export const unshelveAlarms = (http: HubHttp, alarms: readonly string[]): Promise<void> => postAll(http, 'unshelve', alarms, {});
