import {
  alarmIds,
  reasonOf,
  type AlarmEntry,
  type AlarmState,
  type LocationId,
  type NodeId,
  type Reason,
  type SourceId,
} from '@phloem/protocol';

/** A source, and for how long it has sent nothing. `limitMs` is when its fastest point turns stale. */
export type SourceStanding = {
  readonly source: SourceId;
  readonly node: NodeId;
  readonly silentMs: number;
  readonly limitMs: number;
  readonly locations: readonly LocationId[];
};

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by' | 'why' | 'locations'>;

const draft = (source: SourceId, why: Reason | null, locations: readonly LocationId[]): Draft => ({
  kind: 'alarm',
  alarm: alarmIds.source(source, 'silent'),
  state: why === null ? 'cleared' : 'active',
  priority: 'P2',
  by: { kind: 'hub' },
  ...(why !== null && { why, locations: [...locations] }),
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
    const why = reasonOf('source/silent', { source, node, forMs: Math.round(silentMs) });
    return [draft(source, isSilent ? why : null, locations)];
  });
  // The site has changed, and nobody is to send for these any more.
  const gone = raised.filter((source) => isActive(source) && !sources.some((one) => one.source === source));
  return [...changed, ...[...new Set(gone)].map((source) => draft(source, null, []))];
};
