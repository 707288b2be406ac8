import type { OverrideEntry } from './entry.ts';

type StandingEntry = Pick<OverrideEntry, 'by' | 'reason' | 'at' | 'up' | 'lsn' | 'forMs' | 'until'>;

/** What the statuses of an override and of an offset share: who set it, why, and until when it stands. */
export const toStanding = ({ by, reason, at, up, lsn, forMs, until }: StandingEntry, longestMs: number) => ({
  by,
  reason: reason ?? '',
  since: at,
  until: until ?? at + (forMs ?? longestMs),
  untilUp: up + (forMs ?? longestMs),
  lsn,
  isReleased: false,
});

/** The status of what has been released; null where nothing stood. */
export const toReleased = <T extends { readonly lsn: number; readonly isReleased: boolean }>(before: T | null, lsn: number): T | null =>
  before === null ? null : { ...before, isReleased: true, lsn };
