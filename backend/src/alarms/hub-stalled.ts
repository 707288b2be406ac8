import { alarmIds, formatDuration, type EntryDraft } from '@phloem/protocol';

/** What is known of how the process was held up. */
export type StallState = {
  readonly isActive: boolean;
  /** The running time at which it was last held up; for the dead band. */
  readonly lastUp: number;
};

/** One look at the event loop: `lateMs` is how much later than planned it came. */
export type StallLook = { readonly up: number; readonly lateMs: number };

export type StallStep = { readonly state: StallState; readonly drafts: readonly EntryDraft[] };

/** The alarm stays until the process has not been held up for so long. */
const clearAfterMs = 60_000;

const toAlarm = (state: 'active' | 'cleared', reason: string): EntryDraft => ({
  kind: 'alarm',
  alarm: alarmIds.hub('stalled'),
  state,
  priority: 'P3',
  by: { kind: 'hub' },
  reason,
});

/**
 * Pure: raises the alarm when the process was held up for `raiseMs`, and clears it after a minute in which it was never held up for
 * half of that.
 */
export const stepStall = (state: StallState, { up, lateMs }: StallLook, raiseMs: number): StallStep => {
  const lastUp = lateMs >= (state.isActive ? raiseMs / 2 : raiseMs) ? up : state.lastUp;
  if (!state.isActive) {
    if (lateMs < raiseMs) return { state, drafts: [] };
    const reason = `The process of the hub was held up for ${formatDuration(Math.round(lateMs))}: it polled and commanded nothing meanwhile. Move long work of the program that embeds the hub to another thread`;
    return { state: { isActive: true, lastUp }, drafts: [toAlarm('active', reason)] };
  }
  if (up - lastUp < clearAfterMs) return { state: { ...state, lastUp }, drafts: [] };
  return { state: { isActive: false, lastUp }, drafts: [toAlarm('cleared', 'The process of the hub has not been held up for a minute')] };
};
