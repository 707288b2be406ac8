/** The longest pause that a receiver can ask for: a bridge that rests for days would seem to have failed. */
export const maxPauseMs = 3_600_000;

/** The headers of an answer that ask for a pause. */
export type PauseHeaders = { readonly 'retry-after'?: string | undefined; readonly date?: string | undefined };

/**
 * Pure: how long a receiver asks to be left alone, from 0 to an hour; null when it does not say. Its dates are compared with its own
 * clock, and with ours (`now`, milliseconds since 1970) only where it does not state the time.
 */
export const toPauseMs = ({ 'retry-after': retryAfter, date }: PauseHeaders, now: number): number | null => {
  if (retryAfter === undefined) return null;
  const text = retryAfter.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : (toInstant(text) ?? Number.NaN) - (toInstant(date) ?? now);
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), maxPauseMs);
};

/** A date of HTTP: `Tue, 01 Dec 2026 08:00:00 GMT`. */
const toInstant = (text: string | undefined): number | null => {
  const at = text !== undefined && /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
};
