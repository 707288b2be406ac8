import type { BundleEntry, Entry, Epoch, LeaseEntry, SiteEntry, ValueReport } from '@phloem/protocol';
import type { HandOver } from '../plan/saved-state.ts';
import { toReplay, type Recent } from './recent.ts';

/** What a plan needs so that it can begin in the middle of the log. `Plan` has it. */
export type BeginningPlan<State> = {
  readonly start: () => State;
  readonly takeOver: (text: string) => { readonly state: State; readonly handOver: HandOver };
  readonly step: (
    state: State,
    entry: Entry,
    at: { readonly epoch: Epoch },
  ) => { readonly state: State; readonly values: readonly ValueReport[] };
};

/** The state in which a plan begins. `handOver` is null where no plan ran before it. */
export type BegunPlan<State> = {
  readonly state: State;
  readonly values: readonly ValueReport[];
  readonly handOver: HandOver | null;
};

/**
 * Begins a plan in the middle of the log. It takes over, as far as it fits, what the plan before it has `saved`. Without one, it
 * begins with what each instrument and device reported last. Nothing of this depends on anything but the log, so every node begins
 * it alike.
 */
export const beginPlan = <State>(
  plan: BeginningPlan<State>,
  saved: string | null,
  { recent, epoch }: { readonly recent: Recent; readonly epoch: Epoch },
): BegunPlan<State> => {
  if (saved !== null) {
    const { state, handOver } = plan.takeOver(saved);
    return { state, values: [], handOver };
  }
  let state = plan.start();
  const values: ValueReport[] = [];
  for (const known of toReplay(recent)) {
    const step = plan.step(state, known, { epoch });
    ({ state } = step);
    values.push(...step.values);
  }
  return { state, values, handOver: null };
};

/**
 * The entry with which a plan that has begun decides every device, as at the grant of a lease: a request of the plan before it must
 * not stay because nobody asks any more.
 */
export const toGrant = (scope: string, { lsn, at, up }: Pick<SiteEntry | BundleEntry, 'lsn' | 'at' | 'up'>): LeaseEntry => ({
  lsn,
  at,
  up,
  kind: 'lease',
  scope,
  term: 1,
  holder: 'all',
});
