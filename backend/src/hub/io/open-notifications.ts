import { openSend } from '../../notifications/io/open-send.ts';
import { toNotificationPlan } from '../../notifications/notification-plan.ts';
import { runNotifications, type NotificationService } from '../../notifications/run-notifications.ts';
import type { HubStore } from '../../store/hub-store.ts';
import type { Hub } from '../run-hub.ts';
import type { LoadedSite } from '../../site/site-content.ts';
import { machine, type HubOutside } from './hub-outside.ts';

type Options = {
  readonly site: LoadedSite;
  readonly data: string;
  readonly publicUrl: URL | null;
  readonly outside?: HubOutside;
};

/** Starts the notifications of a site; they end with `opened`, before the store. */
export const openNotifications = (
  { site, data, publicUrl, outside: { scheduler } = machine }: Options,
  store: HubStore,
  { view }: Hub,
  opened: AsyncDisposableStack,
): NotificationService => {
  const plan = site.notifications === undefined ? null : toNotificationPlan(site.notifications, site.site.timeZone);
  const send = openSend({ plan: plan ?? { channels: {} }, data, now: () => store.clock.at() });
  const service = runNotifications({ plan, store, view, send, panel: publicUrl, scheduler });
  opened.defer(() => service.close());
  return service;
};
