import {
  alarmIds,
  reasonOf,
  textReason,
  type AlarmEntry,
  type AlarmState,
  type BridgeAnswer,
  type BridgeId,
  type Reason,
} from '@phloem/protocol';

/** From this age of the oldest entry that its target lacks, a bridge is behind. The alarm clears at half of it. */
export const behindMs = 60_000;

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by' | 'why'>;

const isActive = (state: AlarmState): boolean => state !== 'cleared';

/** The alarms of a bridge that have to change, by how it stands. `null` is a bridge that nobody needs any more. */
export const toBridgeAlarms = (id: BridgeId, bridge: BridgeAnswer | null, alarmState: (alarm: string) => AlarmState): readonly Draft[] => {
  const draft = (condition: 'behind' | 'stopped', priority: 'P2' | 'P3', why: Reason | null): readonly Draft[] => {
    const alarm = alarmIds.bridge(id, condition);
    if (isActive(alarmState(alarm)) === (why !== null)) return [];
    const state = why === null ? ('cleared' as const) : ('active' as const);
    return [{ kind: 'alarm', alarm, state, priority, by: { kind: 'hub' }, ...(why !== null && { why }) }];
  };
  const wasBehind = isActive(alarmState(alarmIds.bridge(id, 'behind')));
  const isBehind = bridge !== null && (bridge.lagMs ?? 0) > (wasBehind ? behindMs / 2 : behindMs);
  const behind = isBehind
    ? reasonOf('bridge/behind', {
        bridge: id,
        entries: bridge.lag ?? 0,
        forMs: bridge.lagMs ?? 0,
        isRunning: bridge.state !== 'silent',
        ...toBecause(bridge),
      })
    : null;
  // A bridge that is silent says nothing new about why it stopped.
  const isStopped = bridge?.state === 'stopped' || (bridge?.state === 'silent' && isActive(alarmState(alarmIds.bridge(id, 'stopped'))));
  const stopped = isStopped ? reasonOf('bridge/stopped', { bridge: id, ...toBecause(bridge) }) : null;
  return [...draft('behind', 'P3', behind), ...draft('stopped', 'P2', stopped)];
};

const toBecause = ({ error }: BridgeAnswer): { readonly because?: Reason } =>
  error === null ? {} : { because: textReason(error.message) };
