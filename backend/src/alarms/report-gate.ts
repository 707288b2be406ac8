import { minutes, type AlarmReport, type NodeId, type ScopeId } from '@phloem/protocol';
import type { AlarmWatch } from './alarm-watch.ts';
import { limitReports, noReports, type ReportHistory } from './limit-reports.ts';

export type ReportGateParts = {
  readonly alarms: Pick<AlarmWatch, 'mayReport'>;
  readonly view: { alarmState(alarm: string): 'active' | 'acknowledged' | 'cleared' };
  readonly clock: { up(): number };
  readonly notice: (notice: { kind: 'refused'; code: 'unauthorised'; message: string; nodeId: NodeId }) => void;
};

/** One line a minute reports a service that reports what is not its own. */
const noticeEveryMs = minutes(1);

/** What of a service's alarms is let into the log: those of its own rules, and none more often than a person could read (AL2). */
export const createReportGate = ({ alarms, view, clock, notice }: ReportGateParts) => {
  const histories = new Map<ScopeId, ReportHistory>();
  const noticedUp = new Map<NodeId, number>();
  return {
    accept: (reports: readonly AlarmReport[], scope: ScopeId, nodeId: NodeId): readonly AlarmReport[] => {
      const up = clock.up();
      const foreign = reports.find(({ alarm }) => !alarms.mayReport(alarm, scope));
      if (foreign !== undefined && up - (noticedUp.get(nodeId) ?? Number.NEGATIVE_INFINITY) >= noticeEveryMs) {
        noticedUp.set(nodeId, up);
        const message = `alarm ${JSON.stringify(foreign.alarm)} is not one that the rules of ${scope} raise: left out`;
        notice({ kind: 'refused', code: 'unauthorised', message, nodeId });
      }
      const own = reports.filter(({ alarm }) => alarms.mayReport(alarm, scope));
      const isActive = (alarm: string): boolean => view.alarmState(alarm) !== 'cleared';
      const { history, accepted } = limitReports(histories.get(scope) ?? noReports, own, { up, isActive });
      histories.set(scope, history);
      return accepted;
    },
  };
};
