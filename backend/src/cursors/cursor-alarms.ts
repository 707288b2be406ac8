import { alarmIds, reasonOf, type AlarmEntry, type AlarmState, type Reason } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import type { RetainLimits } from '../log/retention.ts';
import type { NamedCursor } from '../store/hub-store.ts';

/** How much of the log lies behind a cursor: the age of the oldest entry that it has not read, and the bytes from there on. */
export type Behind = { readonly ageMs: number; readonly bytes: number };

/** A cursor is behind when what it has not read has used up so much of the time, or of the room, that the log has. */
const warnShare = 0.8;

/** Claims that entries which a cursor has not read are gone. */
export const isLost = ({ lsn }: Pick<NamedCursor, 'lsn'>, { first }: Pick<FrameLog, 'first'>): boolean => lsn + 1 < first;

/** Claims that retention will soon remove what a cursor has not read. */
export const isBehind = (behind: Behind | null, { maxAgeMs, maxBytes }: Pick<RetainLimits, 'maxAgeMs' | 'maxBytes'>): boolean =>
  behind !== null && (behind.ageMs > maxAgeMs * warnShare || behind.bytes > maxBytes * warnShare);

type Draft = Pick<AlarmEntry, 'kind' | 'alarm' | 'state' | 'priority' | 'by' | 'why'>;

type CursorState = { readonly isLost: boolean; readonly isBehind: boolean };

/** The alarms of a cursor as they have to stand. */
export const toCursorAlarms = ({ name, node }: Pick<NamedCursor, 'name' | 'node'>, standing: CursorState): readonly Draft[] => {
  const draft = (condition: 'behind' | 'lost', isActive: boolean, why: Reason): Draft => ({
    kind: 'alarm',
    alarm: alarmIds.cursor(name, condition),
    state: isActive ? 'active' : 'cleared',
    priority: 'P2',
    by: { kind: 'hub' },
    ...(isActive && { why }),
  });
  return [
    draft('behind', standing.isBehind && !standing.isLost, reasonOf('cursor/behind', { node })),
    draft('lost', standing.isLost, reasonOf('cursor/lost', { node })),
  ];
};

/** Those that say something new. */
export const toNews = (drafts: readonly Draft[], alarmState: (alarm: string) => AlarmState): readonly Draft[] =>
  drafts.filter(({ alarm, state }) => (alarmState(alarm) === 'cleared') !== (state === 'cleared'));
