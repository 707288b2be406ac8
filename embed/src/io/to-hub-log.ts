import type { HubLog } from '@phloem/backend/open';
import type { PhloemLog } from './phloem-options.ts';

/** A hub also logs a text without fields. */
export const toHubLog = (log: PhloemLog): HubLog => {
  const write =
    (level: keyof PhloemLog) =>
    (first: unknown, second?: unknown): void => {
      if (typeof first === 'string') log[level]({}, first);
      else log[level](typeof first === 'object' && first !== null ? first : { value: first }, typeof second === 'string' ? second : '');
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
};
