import type { WhyHub } from './answer-why.ts';

/** The newest entry that is not later than a wall time; null when the log begins after it. Numbers are halved until it is found. */
export const findEntryAt = async ({ log }: Pick<WhyHub, 'log'>, at: number): Promise<number | null> => {
  const { first, head } = await log(0, 1);
  let [low, high] = [first - 1, head];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = (await log(middle - 1, 1)).entries;
    if (entry !== undefined && entry.at <= at) low = middle;
    else high = middle - 1;
  }
  return low < first ? null : low;
};
