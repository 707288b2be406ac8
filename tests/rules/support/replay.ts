import type { Entry } from '@phloem/protocol';
import type { EngineState, Plan } from '@phloem/rules';
import { epoch } from './simulate.ts';

/** What a plan makes of a log: the hash of its state at each so many entries and at the end, and each decision in short. */
export type Replay = { readonly hashes: readonly string[]; readonly decisions: readonly string[] };

export const hashEvery = 1000;

export const replay = (plan: Plan, entries: readonly Entry[]): Replay => {
  const hashes: string[] = [];
  const decisions: string[] = [];
  let state = plan.start();
  for (const [i, entry] of entries.entries()) {
    const result = plan.step(state, entry, { epoch });
    ({ state } = result);
    decisions.push(...result.decisions.map(({ device, value, cause }) => `${cause} ${device} ${value}`));
    if ((i + 1) % hashEvery === 0) hashes.push(plan.hashState(state));
  }
  return { hashes: [...hashes, plan.hashState(state)], decisions };
};

/** The same log, but at these places the state goes through its text, as through a checkpoint and a restart. */
export const replayInParts = (plan: Plan, restarted: () => Plan, entries: readonly Entry[], cuts: readonly number[]): string => {
  let running = plan;
  let state: EngineState = running.start();
  for (const [i, entry] of entries.entries()) {
    if (cuts.includes(i)) {
      const text = running.save(state);
      running = restarted();
      state = running.restore(text);
    }
    ({ state } = running.step(state, entry, { epoch }));
  }
  return running.hashState(state);
};
