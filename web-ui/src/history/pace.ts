/** How one thing that is read again and again stands. Times are the browser's running time. */
export type Pace = {
  readonly isReading: boolean;
  /** When it was read last; null when never. */
  readonly readAt: number | null;
  /** When it was asked for last; null when never, or when it is to be asked for again at once. */
  readonly askedAt: number | null;
  readonly failures: number;
};

/** A thing that nobody has asked for. */
export const unread: Pace = { isReading: false, readAt: null, askedAt: null, failures: 0 };

const firstPauseMs = 2000;
const longestPauseMs = 60_000;

/** Claims that it is to be asked for now: never twice at once, after a failure later and later. */
export const isDue = ({ isReading, readAt, askedAt, failures }: Pace, everyMs: number, running: number): boolean => {
  if (isReading) return false;
  if (askedAt === null) return true;
  if (failures > 0) return running - askedAt >= Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  return readAt === null || running - readAt >= everyMs;
};
