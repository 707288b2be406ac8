import { parseAlarmId } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubView } from '../view/hub-view.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import { toSourceAlarms } from '../ingest/source-alarms.ts';

export type SilentSourceParts = {
  readonly ingest: Pick<IngestService, 'standings'>;
  readonly log: Pick<FrameLog, 'append'>;
  readonly view: Pick<HubView, 'alarms' | 'alarmState'>;
};

/** Raises and clears the alarms of sources that send nothing. */
export const lookForSilentSources = ({ ingest, log, view }: SilentSourceParts): void => {
  const raised = view
    .alarms()
    .map(({ alarm }) => parseAlarmId(alarm))
    .flatMap((subject) => (subject.kind === 'source' ? [subject.source] : []));
  const drafts = toSourceAlarms(ingest.standings(), raised, (alarm) => view.alarmState(alarm));
  if (drafts.length > 0) log.append(drafts);
};
