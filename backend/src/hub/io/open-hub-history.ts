import { statSync } from 'node:fs';
import type { StorageAnswer } from '@phloem/protocol';
import type { Logger } from 'pino';
import { toHistoryAlarm, toNoticeText } from '../../history/history-alarms.ts';
import { historyLimits, openHistory, type HistoryThread } from '../../history/io/open-history.ts';
import type { RetainLimits } from '../../log/retention.ts';
import type { DataSpace } from '../../store/disk-space.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { createStorageReport, type HistoryFile } from '../../store/storage-report.ts';
import type { Hub } from '../run-hub.ts';
import { defaultRetention } from '../run-retention.ts';
import { dataFiles } from './data-files.ts';

type Options = {
  readonly data: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly retention?: Pick<RetainLimits, 'maxAgeMs' | 'maxBytes'>;
};

/** Opens the history beside the hub's log; it ends with `opened`. What troubles it becomes an alarm. */
export const openHubHistory = (
  { data, log, retention }: Options,
  { view }: Pick<Hub, 'view'>,
  store: HubStore,
  opened: AsyncDisposableStack,
): HistoryThread => {
  const files = dataFiles(data);
  const history = openHistory({
    path: files.history,
    log: files.store,
    limits: { ...historyLimits, ...(retention && { rawMs: retention.maxAgeMs }) },
    notice: (event) => {
      const alarm = toHistoryAlarm(event, (name) => view.alarmState(name));
      if (alarm !== null) store.log.append([alarm]);
      if (event.kind === 'note') log[event.level](toNoticeText(event));
      else if (alarm !== null) log[event.why === null ? 'info' : 'warn'](toNoticeText(event));
    },
  });
  opened.defer(() => history.close());
  return history;
};

/** Makes what reports how far back the data go, and how long the disk lasts. */
export const toStorageReport = (
  options: Pick<Options, 'data' | 'retention'>,
  { store, space }: { readonly store: HubStore; readonly space: DataSpace },
  history: HistoryThread,
): (() => Promise<StorageAnswer>) =>
  createStorageReport({
    store,
    space,
    limits: { ...defaultRetention, ...options.retention },
    historyKeepMs: historyLimits.minuteMs,
    history: () => readHistoryFile(options, history, store),
  });

const readHistoryFile = async ({ data }: Pick<Options, 'data'>, history: HistoryThread, store: HubStore): Promise<HistoryFile> => {
  const file = statSync(dataFiles(data).history, { throwIfNoEntry: false });
  // While the history cannot answer, how long it has been growing is not known.
  const begins = await history.simulatedReach().then(
    ({ before }) => before,
    () => null,
  );
  return { bytes: file?.size ?? 0, ageMs: begins === null ? null : store.clock.at() - begins };
};
