declare const unit: unique symbol;

/** A length of time in milliseconds; finite, zero or more. */
export type Millis = number & { readonly [unit]: 'ms' };

/**
 * A length of time from a number of milliseconds.
 *
 * @throws RangeError when `n` is negative or not finite: a bug in the caller, never the fault of an input.
 */
export const millis = (n: number): Millis => {
  if (!Number.isFinite(n) || n < 0) throw new RangeError(`${n} is no length of time`);
  return n as Millis;
};

/** A length of time from seconds. */
export const seconds = (n: number): Millis => millis(n * 1000);

/** A length of time from minutes. */
export const minutes = (n: number): Millis => millis(n * 60_000);

/** A length of time from hours. */
export const hours = (n: number): Millis => millis(n * 3_600_000);
