import { minutes, type AlarmReport, type Millis } from '@phloem/protocol';

/** How often one alarm of a service may change. */
export const reportLimit: { readonly changes: number; readonly perMs: Millis } = { changes: 20, perMs: minutes(1) };

/** When the alarms of a scope changed of late, and what waits because they changed too often. */
export type ReportHistory = {
  readonly changedUp: ReadonlyMap<string, readonly number[]>;
  readonly waiting: ReadonlyMap<string, AlarmReport>;
};

export const noReports: ReportHistory = { changedUp: new Map(), waiting: new Map() };

/**
 * Pure: what a service reports, as far as it may be written now. An alarm that changes too often stays active: its clearing
 * waits until the minute allows it. The newest report of an alarm counts.
 */
export const limitReports = (
  history: ReportHistory,
  reports: readonly AlarmReport[],
  { up, isActive }: { readonly up: number; readonly isActive: (alarm: string) => boolean },
): { readonly history: ReportHistory; readonly accepted: readonly AlarmReport[] } => {
  const changedUp = new Map<string, readonly number[]>();
  for (const [alarm, times] of history.changedUp) {
    const recent = times.filter((time) => up - time < reportLimit.perMs);
    if (recent.length > 0) changedUp.set(alarm, recent);
  }
  const newest = new Map([...history.waiting, ...reports.map((report) => [report.alarm, report] as const)]);
  const waiting = new Map<string, AlarmReport>();
  const accepted: AlarmReport[] = [];
  for (const report of newest.values()) {
    const { alarm, state } = report;
    if (isActive(alarm) === (state === 'active')) continue;
    const times = changedUp.get(alarm) ?? [];
    if (state === 'cleared' && times.length >= reportLimit.changes) waiting.set(alarm, report);
    else {
      changedUp.set(alarm, [...times, up].slice(-reportLimit.changes));
      accepted.push(report);
    }
  }
  return { history: { changedUp, waiting }, accepted };
};
