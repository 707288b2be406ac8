import { parseAlarmId, renderReason, type Reason, type SiteLayout } from '@phloem/protocol';
import type { SiteTime } from '../format/site-time.ts';

/** Where an alarm is shown: the site whose devices it may be about, and its times. */
export type AlarmPlace = { readonly site: SiteLayout | null; readonly time: Pick<SiteTime, 'clock'> };

/** Why an alarm is active, in words; empty where nobody says. The values of its device have their unit. */
export const toAlarmReason = (alarm: string, why: Reason | null | undefined, { site, time }: AlarmPlace): string => {
  if (why === null || why === undefined) return '';
  const subject = parseAlarmId(alarm);
  const device = subject.kind === 'device' ? site?.devices.find(({ id }) => id === subject.device) : undefined;
  return renderReason(why, { time: time.clock, device });
};
