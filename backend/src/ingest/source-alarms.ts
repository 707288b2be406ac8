import { alarmIds, type AlarmEntry, type AlarmState, type LocationId, type NodeId, type SourceId } from '@phloem/protocol';

/** A source, and for how long it has sent nothing. `limitMs` is when its fastest point turns stale. */
export type SourceStanding = {
  readonly source: SourceId;
  readonly node: NodeId;
  readonly silentMs: number;
  readonly limitMs: number;
  readonly locations: readonly LocationId[];
};

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by' | 'reason' | 'locations'>;

const draft = (source: SourceId, reason: string | null, locations: readonly LocationId[]): Draft => ({
  kind: 'alarm',
  alarm: alarmIds.source(source, 'silent'),
  state: reason === null ? 'cleared' : 'active',
  priority: 'P2',
  by: { kind: 'hub' },
  ...(reason !== null && { reason, locations: [...locations] }),
});

/** The alarms of silent sources that have to change. `raised` are the sources that an alarm of this kind is active for. */
export const toSourceAlarms = (
  sources: readonly SourceStanding[],
  raised: readonly SourceId[],
  alarmState: (alarm: string) => AlarmState,
): readonly Draft[] => {
  const isActive = (source: SourceId): boolean => alarmState(alarmIds.source(source, 'silent')) !== 'cleared';
  const changed = sources.flatMap(({ source, node, silentMs, limitMs, locations }) => {
    const isSilent = silentMs > limitMs;
    if (isSilent === isActive(source)) return [];
    const reason = `The source ${source} has sent nothing for ${Math.round(silentMs / 1000)} s. Check the node ${node}.`;
    return [draft(source, isSilent ? reason : null, locations)];
  });
  // The site has changed, and nobody is to send for these any more.
  const gone = raised.filter((source) => isActive(source) && !sources.some((one) => one.source === source));
  return [...changed, ...[...new Set(gone)].map((source) => draft(source, null, []))];
};
