/** How long to pause before an attempt: the base doubles with each failure until it meets the cap. */
export type BackOff = { readonly baseMs: number; readonly capMs: number };

/** Control links come back fast; a browser must not storm a hub that hundreds of browsers have lost. */
export const backOffs = {
  control: { baseMs: 50, capMs: 250 },
  browser: { baseMs: 50, capMs: 2000 },
} as const satisfies Record<string, BackOff>;

/**
 * The pause after so many failures in a row: none after the first, then evenly distributed between 0 and a bound that
 * doubles ("full jitter", M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015), so that those who
 * lost their hub together do not come back together. Never 0 from the second on: an attempt that fails at once must
 * not become a busy loop.
 */
export const pauseAfter = (failures: number, { baseMs, capMs }: BackOff, random: () => number): number => {
  if (failures <= 1) return 0;
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(failures - 2, 30));
  return Math.max(1, Math.round(random() * bound));
};

/** How long an attempt may take. A browser has patience with a hub that everybody comes back to; a control link has none. */
export const patiences = {
  control: { baseMs: 500, capMs: 500 },
  browser: { baseMs: 1500, capMs: 6000 },
} as const satisfies Record<string, BackOff>;

/**
 * How long an attempt may take after so many failures in a row: the base after the first, twice as long after each further one,
 * up to the cap. If all who wait in a busy hub's queue gave up before their turn, it would answer nobody.
 */
export const patienceAfter = (failures: number, { baseMs, capMs }: BackOff): number =>
  Math.min(capMs, baseMs * 2 ** Math.min(Math.max(0, failures - 1), 30));
