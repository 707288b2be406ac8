declare const unit: unique symbol;

/** A length of time in milliseconds; finite, zero or more. */
export type Millis = number & { readonly [unit]: 'ms' };

/**
 * A length of time from a number of milliseconds.
 *
 * @throws RangeError when `n` is negative or not finite: a bug in the caller, never the fault of an input.
 */
export const millis = (n: number): Millis => {
  if (!Number.isFinite(n) || n < 0) throw new RangeError(`${n} is not a duration`);
  return n as Millis;
};

/** A length of time from seconds. */
export const seconds = (n: number): Millis => millis(n * 1000);

/** A length of time from minutes. */
export const minutes = (n: number): Millis => millis(n * 60_000);

/** A length of time from hours. */
export const hours = (n: number): Millis => millis(n * 3_600_000);

/** A duration as people write it: `90 s`, `5 min`, `1 h 30 min`. */
export const formatDuration = (length: number): string => {
  if (length < 1000) return `${Math.round(length)} ms`;
  if (length < 120_000) return `${Math.round(length / 100) / 10} s`;
  const minutes = Math.round(length / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
};
