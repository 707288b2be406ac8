import type { Reason } from '../reasons/index.ts';
import { renderReason } from '../reasons/index.ts';

/** Matches, within an `expect`, a reason whose sentence is `text`, or contains it where `part` is true. Times are in ms since 1970. */
export const saying = (text: string, part: 'all' | 'part' = 'all') => ({
  asymmetricMatch: (reason: unknown): boolean => {
    if (typeof reason !== 'object' || reason === null || !('code' in reason)) return false;
    const said = renderReason(reason as Reason, { time: String });
    return part === 'part' ? said.includes(text) : said === text;
  },
  toString: (): string => `a reason saying ${text}`,
});
