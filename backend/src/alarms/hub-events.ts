import { alarmIds, reasonOf, type AlarmPriority, type EntryDraft, type Reason } from '@phloem/protocol';

/** Something that happened and is over: it is raised and cleared at once, and stays until somebody has seen it; P4 does not. */
const toEvent = (condition: string, priority: AlarmPriority, why: Reason): readonly EntryDraft[] => {
  const entry = { kind: 'alarm', alarm: alarmIds.hub(condition), priority, by: { kind: 'hub' }, why } as const;
  return [
    { ...entry, state: 'active' },
    { ...entry, state: 'cleared' },
  ];
};

/** How the hub comes to run again. */
export type Restart = {
  /** How long it was away, in ms. */
  readonly awayMs: number;
  /** A run that is ended in order gives up its leases; one that is killed does not. */
  readonly isInOrder: boolean;
};

/** Pure: that the hub was restarted. */
export const toRestartAlarm = ({ awayMs, isInOrder }: Restart): readonly EntryDraft[] =>
  toEvent('restarted', isInOrder ? 'P4' : 'P3', reasonOf('hub/was-away', { forMs: Math.round(awayMs), isInOrder }));

/** A wall clock that moves by more than this against the hub's running time was set. */
const stepMs = 5000;

/** By how much the wall clock is ahead of the running time. */
export type ClockOffset = number;

/** Pure: that the wall clock was set, compared with the last look. */
export const toClockAlarm = (before: ClockOffset | null, now: ClockOffset): readonly EntryDraft[] => {
  const moved = before === null ? 0 : now - before;
  if (Math.abs(moved) < stepMs) return [];
  return toEvent('clock-stepped', 'P3', reasonOf('hub/clock-set', { byMs: Math.round(moved) }));
};
