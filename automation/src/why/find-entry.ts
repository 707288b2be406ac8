import type { WhyHub } from './answer-why.ts';
import type { TimeTexts } from './explain-device.ts';

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

/** What is said of a time before the log: where it begins, and what may be known of the time before all the same. */
export const describeBeginning = async ({ log }: Pick<WhyHub, 'log'>, asked: string, { day, clock, zone }: TimeTexts): Promise<string> => {
  const { first } = await log(0, 1);
  const [entry] = (await log(first - 1, 1)).entries;
  if (entry === undefined) return 'the log is empty: nothing has happened yet';
  return (
    `the log begins at ${day(entry.at)} ${clock(entry.at)} ${zone(entry.at)}, and ${asked} is before that; ` +
    'the panel shows earlier times from the history, which keeps values and switches without their evidence'
  );
};
