import { alarmIds, type AlarmEntry, type AlarmState, type BridgeAnswer, type BridgeId } from '@phloem/protocol';

/** From this age of the oldest entry that its target lacks, a bridge is behind. The alarm clears at half of it. */
export const behindMs = 60_000;

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by' | 'reason'>;

const isActive = (state: AlarmState): boolean => state !== 'cleared';

/** The alarms of a bridge that have to change, by how it stands. `null` is a bridge that nobody needs any more. */
export const toBridgeAlarms = (id: BridgeId, bridge: BridgeAnswer | null, alarmState: (alarm: string) => AlarmState): readonly Draft[] => {
  const draft = (condition: 'behind' | 'stopped', priority: 'P2' | 'P3', reason: string | null): readonly Draft[] => {
    const alarm = alarmIds.bridge(id, condition);
    if (isActive(alarmState(alarm)) === (reason !== null)) return [];
    const state = reason === null ? ('cleared' as const) : ('active' as const);
    return [{ kind: 'alarm', alarm, state, priority, by: { kind: 'hub' }, ...(reason !== null && { reason }) }];
  };
  const wasBehind = isActive(alarmState(alarmIds.bridge(id, 'behind')));
  const isBehind = bridge !== null && (bridge.lagMs ?? 0) > (wasBehind ? behindMs / 2 : behindMs);
  const behind = isBehind
    ? `The target of the bridge ${id} lacks ${bridge.lag ?? 0} entries, the oldest for ${Math.round((bridge.lagMs ?? 0) / 1000)} s. ${toAdvice(bridge)}`
    : null;
  // A bridge that is silent says nothing new about why it stopped.
  const isStopped = bridge?.state === 'stopped' || (bridge?.state === 'silent' && isActive(alarmState(alarmIds.bridge(id, 'stopped'))));
  const stopped = isStopped
    ? `The bridge ${id} has stopped for good: ${bridge.error?.message ?? 'it did not say why'}. Correct it, then start the bridge again.`
    : null;
  return [...draft('behind', 'P3', behind), ...draft('stopped', 'P2', stopped)];
};

const toAdvice = ({ state, error, id }: BridgeAnswer): string => {
  if (state === 'silent') return `It does not run: start it with phloem bridge run ${id}, or remove the cursor bridge-${id}.`;
  return error === null ? 'It runs, and may catch up by itself.' : `Its last error: ${error.message}`;
};
