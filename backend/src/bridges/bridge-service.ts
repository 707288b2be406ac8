import {
  toBridgeId,
  toBridgeNode,
  type AlarmState,
  type AlarmStatus,
  type BridgeAnswer,
  type BridgeId,
  type BridgeReport,
  type CursorAnswer,
  parseAlarmId,
} from '@phloem/protocol';
import type { HubStore } from '../store/hub-store.ts';
import { toBridgeAlarms } from './bridge-alarms.ts';

/** A bridge that has reported nothing for so long does not run, or cannot reach the hub. */
const silentAfterMs = 10_000;
/** A silent bridge that has never had a cursor is shown for so long: somebody may be looking for it. */
const forgottenAfterMs = 3_600_000;

/** What the hub knows of bridges: their cursors, which it keeps, and what they report of themselves. */
export interface BridgeService {
  /** All that report or have a cursor, by id. */
  list(): readonly BridgeAnswer[];
  /** Takes the newest report of a bridge. */
  report(id: BridgeId, report: BridgeReport): void;
  /** Raises and clears the alarms of bridges; called every few seconds. */
  look(): void;
}

export type BridgeServiceParts = {
  readonly store: Pick<HubStore, 'log' | 'clock' | 'behind'>;
  readonly cursors: () => readonly CursorAnswer[];
  readonly alarms: () => readonly AlarmStatus[];
  readonly alarmState: (alarm: string) => AlarmState;
};

type Kept = { readonly report: BridgeReport; readonly at: number; readonly up: number };

const toState = (kept: Kept | undefined, up: number): BridgeAnswer['state'] => {
  if (kept === undefined || up - kept.up > silentAfterMs) return 'silent';
  const { phase } = kept.report;
  if (phase === 'flowing') return kept.report.automation?.code === 'no-sign-of-life' ? 'no-sign-of-life' : 'flowing';
  return phase === 'fenced' || phase === 'closed' ? 'stopped' : 'connecting';
};

/** How the foreign automation stands; of a bridge that is silent nobody knows. */
const toAutomation = (kept: Kept | undefined, state: BridgeAnswer['state']): BridgeAnswer['automation'] => {
  const automation = kept?.report.automation ?? null;
  if (kept === undefined || automation === null || state === 'silent') return null;
  return { code: automation.code, since: Math.max(0, Math.round(kept.at - automation.forMs)) };
};

/** Makes the service. Reports are kept in memory: a bridge sends one every few seconds. */
export const createBridgeService = ({ store, cursors, alarms, alarmState }: BridgeServiceParts): BridgeService => {
  const reports = new Map<BridgeId, Kept>();
  const toAnswer = (id: BridgeId, cursor: CursorAnswer | undefined): BridgeAnswer => {
    const kept = reports.get(id);
    const behind = cursor === undefined ? null : store.behind(cursor.lsn);
    const state = toState(kept, store.clock.up());
    return {
      id,
      title: kept?.report.title ?? null,
      target: kept?.report.target ?? null,
      // Only a bridge that carries the log has a cursor before its first report.
      direction: kept?.report.direction ?? 'out',
      state,
      automation: toAutomation(kept, state),
      lag: cursor?.lag ?? null,
      lagMs: cursor === undefined ? null : cursor.lag === 0 ? 0 : Math.max(0, behind?.ageMs ?? 0),
      position: cursor === undefined ? null : { epoch: cursor.epoch, lsn: cursor.lsn },
      reportedAt: kept?.at ?? null,
      error: kept?.report.error ?? null,
      counters: kept?.report.counters ?? null,
    };
  };
  const list = (): readonly BridgeAnswer[] => {
    const known = new Map(cursors().map((cursor) => [cursor.name, cursor]));
    const up = store.clock.up();
    for (const [id, kept] of reports) {
      if (!known.has(toBridgeNode(id)) && up - kept.up > forgottenAfterMs) reports.delete(id);
    }
    const ids = new Set([...reports.keys(), ...[...known.keys()].map(toBridgeId).filter((id) => id !== null)]);
    return [...ids].toSorted().map((id) => toAnswer(id, known.get(toBridgeNode(id))));
  };
  return {
    list,
    report: (id, report) => void reports.set(id, { report, at: store.clock.at(), up: store.clock.up() }),
    look: () => {
      const bridges = list();
      const left = alarms()
        .map(({ alarm }) => parseAlarmId(alarm))
        .flatMap((subject) => (subject.kind === 'bridge' ? [subject.bridge] : []))
        .filter((id) => !bridges.some((bridge) => bridge.id === id));
      const drafts = [
        ...bridges.flatMap((bridge) => toBridgeAlarms(bridge.id, bridge, alarmState)),
        ...[...new Set(left)].flatMap((id) => toBridgeAlarms(id, null, alarmState)),
      ];
      if (drafts.length > 0) store.log.append(drafts);
    },
  };
};
