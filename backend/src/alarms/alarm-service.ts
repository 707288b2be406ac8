import {
  type Author,
  Fault,
  isAlarmOver,
  isAlarmShelvable,
  type AlarmShelving,
  type AlarmStatus,
  type EntryDraft,
  type ShelveRequest,
} from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubClock } from '../log/hub-clock.ts';

/** What a person does to alarms, and who it is. */
type Action = { readonly alarms: readonly string[]; readonly by: Author };

/**
 * What operators do to alarms. Each call names several; it does all or, with a fault, nothing. Of those that it names, one
 * that is over by now is left out: somebody else was faster. What it does is in the log when it returns.
 */
export type AlarmService = {
  /**
   * The alarms of a request that are not over.
   *
   * @throws Fault `alarm/unknown` when one was never raised, or all are over.
   */
  find(alarms: readonly string[]): readonly AlarmStatus[];
  /** Notes that somebody has seen them, and all that comes from them. @throws Fault `alarm/unknown`. */
  acknowledge(action: Action & { readonly comment: string | null }): void;
  /** Shelves them; a new end and reason for one that is shelved. @throws Fault `alarm/unknown`, `alarm/not-shelvable`. */
  shelve(action: Action & Pick<ShelveRequest, 'forMs' | 'reason'>): void;
  /** Unshelves them; one that is not shelved stays as it is. @throws Fault `alarm/unknown`. */
  unshelve(action: Action & { readonly reason: string | null }): void;
  /** Unshelves what has been shelved for long enough. Called now and then. */
  look(): void;
};

export type AlarmServiceParts = {
  readonly log: Pick<FrameLog, 'append'>;
  readonly clock: HubClock;
  readonly view: { alarm(alarm: string): AlarmStatus | null; alarms(): readonly AlarmStatus[] };
};

export const createAlarmService = ({ log, clock, view }: AlarmServiceParts): AlarmService => {
  const append = (drafts: readonly EntryDraft[]): void => {
    if (drafts.length > 0) log.append(drafts);
  };
  const find = (alarms: readonly string[]): readonly AlarmStatus[] => {
    const named = [...new Set(alarms)];
    const known = named.flatMap((alarm) => view.alarm(alarm) ?? []);
    const open = known.filter((status) => !isAlarmOver(status));
    const missing = named.find((alarm) => view.alarm(alarm) === null) ?? (open.length === 0 ? named[0] : undefined);
    if (missing === undefined) return open;
    throw new Fault(
      'alarm/unknown',
      `no alarm ${missing} is active or unacknowledged; phloem alarms lists those that are. Nothing was changed`,
    );
  };
  return {
    find,
    acknowledge: ({ alarms, by, comment }) => {
      const named = new Set(find(alarms).map(({ alarm }) => alarm));
      append(
        view
          .alarms()
          .filter(({ alarm, parent }) => named.has(alarm) || (parent !== undefined && named.has(parent)))
          .filter((status) => !status.isAcknowledged)
          .map((status) => toAcknowledgement(status, by, comment)),
      );
    },
    shelve: ({ alarms, by, forMs, reason }) => {
      const named = find(alarms);
      const firm = named.find((status) => !isAlarmShelvable(status));
      if (firm !== undefined) throw new Fault('alarm/not-shelvable', `${toRefusal(firm)}. Nothing was changed; acknowledge it instead`);
      const until = clock.at() + forMs;
      append(named.map((status) => toShelving(status, by, { kind: 'shelve', forMs, until }, reason.trim())));
    },
    unshelve: ({ alarms, by, reason }) =>
      append(find(alarms).flatMap((status) => (status.shelved === undefined ? [] : toShelving(status, by, { kind: 'unshelve' }, reason)))),
    look: () => {
      const up = clock.up();
      append(
        view
          .alarms()
          .filter(({ shelved }) => shelved !== undefined && up >= shelved.untilUp)
          .map((status) => toShelving(status, { kind: 'hub' }, { kind: 'expire' }, null)),
      );
    },
  };
};

const toAcknowledgement = (status: AlarmStatus, by: Author, comment: string | null): EntryDraft => ({
  ...toSubject(status),
  state: status.state === 'cleared' ? 'cleared' : 'acknowledged',
  by,
  isAcknowledged: true,
  ...(comment !== null && { reason: comment }),
});

const toShelving = (status: AlarmStatus, by: Author, shelving: AlarmShelving, reason: string | null): EntryDraft => ({
  ...toSubject(status),
  state: status.state,
  by,
  shelving,
  ...(reason !== null && { reason }),
});

const toSubject = ({ alarm, priority, locations }: AlarmStatus) =>
  ({ kind: 'alarm', alarm, priority, ...(locations !== undefined && { locations }) }) as const;

const toRefusal = ({ alarm, isShelvable }: AlarmStatus): string =>
  isShelvable === false
    ? `${alarm} must not be shelved: its document says shelvable: false`
    : `${alarm} must not be shelved: it is an alarm of the hub with priority P1`;
