/** How many of something a second, and how many at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** What is left of an allowance, and when that was so, in milliseconds of a running clock. */
export type Allowance = { readonly left: number; readonly at: number };

/** Takes one of an allowance that fills with time; `isTaken` is false when nothing was left. An undefined one is full. */
export const takeOne = (
  { perSecond, burst }: Rate,
  allowance: Allowance | undefined,
  now: number,
): { readonly isTaken: boolean; readonly allowance: Allowance } => {
  const filled = allowance === undefined ? burst : Math.min(burst, allowance.left + ((now - allowance.at) / 1000) * perSecond);
  const isTaken = filled >= 1;
  return { isTaken, allowance: { left: isTaken ? filled - 1 : filled, at: now } };
};

/** So many keys are remembered; one that is forgotten starts again with a full allowance. */
const keysKept = 10_000;

/** Allowances by key, such as an address or a user: the same rate for each. `now` is a running clock in milliseconds. */
export const createBuckets = (rate: Rate): ((key: string, now: number) => boolean) => {
  const allowances = new Map<string, Allowance>();
  return (key, now) => {
    const { isTaken, allowance } = takeOne(rate, allowances.get(key), now);
    // Written again at the end: the first of the map is the one that has been quiet for longest.
    allowances.delete(key);
    allowances.set(key, allowance);
    if (allowances.size > keysKept) {
      const [oldest] = allowances.keys();
      if (oldest !== undefined) allowances.delete(oldest);
    }
    return isTaken;
  };
};
