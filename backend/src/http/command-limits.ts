import { Fault } from '@phloem/protocol';
import { createBuckets } from '../sessions/token-bucket.ts';
import type { Permission } from '../access/permissions.ts';

/**
 * What changes something, and how often one user may do it (SE7). A person may acknowledge a list of alarms at once; an
 * installation is commissioned by a script.
 */
const rates = {
  command: { perSecond: 5, burst: 20 },
  acknowledge: { perSecond: 20, burst: 200 },
} as const;

const kindOf: Readonly<Record<Permission, keyof typeof rates | null>> = {
  read: null,
  readLog: null,
  // Manual reads wait in the queue of their bus, which has a limit of its own.
  inspect: null,
  // By the holder of a lease, one at a time.
  checkpoint: null,
  // The intake has limits of its own.
  ingest: null,
  reportBridge: null,
  // Under a lease, which one service holds.
  command: null,
  // A demonstration is given its past in hundreds of pieces, one after the other, by the program that made it.
  importPast: null,
  // They wait in a queue that has a limit of its own.
  backtest: null,
  override: 'command',
  shelve: 'command',
  reset: 'command',
  maintain: 'command',
  promote: 'command',
  kiosk: 'command',
  administer: 'command',
  acknowledge: 'acknowledge',
};

/** Failed requests of one address that are looked at; a request with a good credential is never refused for them. */
const failures = { perSecond: 5, burst: 50 } as const;

/** Counts commands by user and failures by address. `now` is a running clock in milliseconds. */
export const createCommandLimits = (now: () => number) => {
  const takes = { command: createBuckets(rates.command), acknowledge: createBuckets(rates.acknowledge) };
  const mayFail = createBuckets(failures);
  return {
    /** @throws Fault command/rate when the user has sent too many. */
    take: (user: string, permission: Permission, isRead: boolean): void => {
      const kind = kindOf[permission];
      if (isRead || kind === null || takes[kind](user, now())) return;
      throw new Fault('command/rate', `more than ${rates[kind].perSecond} a second by one user; wait a moment, and send it again`);
    },
    /** @throws Fault auth/rate when too many requests from the address had no valid credential. */
    fail: (address: string): void => {
      if (!mayFail(address, now())) throw new Fault('auth/rate', `too many requests from ${address} without a valid credential`);
    },
  };
};
export type CommandLimits = ReturnType<typeof createCommandLimits>;
