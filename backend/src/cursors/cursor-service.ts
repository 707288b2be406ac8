import type { Author, AlarmState, CursorAnswer, CursorName } from '@phloem/protocol';
import type { RetainLimits } from '../log/retention.ts';
import type { HubStore } from '../store/hub-store.ts';
import { isBehind, toCursorAlarms, toNews } from './cursor-alarms.ts';
import { NamedCursors } from './named-cursors.ts';

/** What people ask of the named cursors. */
export interface CursorService {
  /** All of them, by name. */
  list(): readonly CursorAnswer[];
  /**
   * Forgets a cursor, and clears its alarms. The log says who removed it.
   *
   * @throws Fault `cursor/unknown`, `cursor/in-use`.
   */
  remove(name: CursorName, by: Author): void;
}

export type CursorServiceParts = {
  readonly store: Pick<HubStore, 'log' | 'clock' | 'namedCursors' | 'behind' | 'transact'>;
  readonly limits: Pick<RetainLimits, 'maxAgeMs' | 'maxBytes'>;
  readonly readsBy: (name: CursorName) => boolean;
  readonly alarmState: (alarm: string) => AlarmState;
};

/** Makes the service over the cursors of a store. */
export const createCursorService = ({ store, limits, readsBy, alarmState }: CursorServiceParts): CursorService => {
  const cursors = new NamedCursors(store);
  return {
    list: () => cursors.list(readsBy, ({ lsn }) => isBehind(store.behind(lsn), limits)),
    remove: (name, by) => {
      const node = store.namedCursors.get(name)?.node ?? '';
      store.transact(() => {
        cursors.remove(name, readsBy);
        const cleared = toNews(toCursorAlarms({ name, node }, { isLost: false, isBehind: false }), alarmState);
        store.log.append([...cleared, { kind: 'note', by, about: 'hub', text: `removed the cursor ${name} of the node ${node}` }]);
      });
    },
  };
};
