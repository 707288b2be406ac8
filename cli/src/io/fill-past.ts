import type { PastFilled } from '@phloem/simulator';
import { startChild, type Child } from './child.ts';
import { processes } from './places.ts';

export type FillPastOptions = {
  readonly port: number;
  readonly tokenFile: string;
  /** The rules by which the demonstration is to have lived. */
  readonly bundle: string;
  readonly say: (text: string) => void;
  readonly onLine: (text: string) => void;
};

/**
 * Gives the demonstration the day that it has not lived, by a process of low priority for which nobody waits. What has been
 * given once is not given again.
 */
export const fillPast = ({ port, tokenFile, bundle, say, onLine }: FillPastOptions): Child =>
  startChild('past', [...processes.past, '--port', String(port), '--token-file', tokenFile, '--bundle', bundle], {
    onLine,
    onMessage: (message) => {
      const { hours, cpuMs } = message as PastFilled;
      say(
        `  The ${hours} hours before were simulated (${(cpuMs / 1000).toFixed(1)} s of processor time): charts have a past, marked as such.`,
      );
    },
  });
