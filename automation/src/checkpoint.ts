import { Checkpoint, createOpenParse, createParse, hashDocument } from '@phloem/protocol';
import { readSavedEngine, toRecent, toReplay, type SavedEngine } from '@phloem/rules';
import type { Plan } from './plan.ts';
import type { ServiceState } from './service-state.ts';

/** Validates what this service kept itself. @throws Fault `store/damaged`. */
export const parseCheckpoint = createParse(Checkpoint, 'checkpoint', 'store/damaged');

/** Validates what a hub keeps, which may be newer. @throws Fault `net/answer`. */
export const parseHubCheckpoint = createOpenParse(Checkpoint, "the hub's checkpoint", 'net/answer');

/** The state as it is kept; null without a plan, for then there is nothing that the log would not give. */
export const toCheckpoint = ({ position, scope, site, bundle, plan, run, recent }: ServiceState): Checkpoint | null => {
  if (scope === null || site === null || bundle === null || plan === null) return null;
  const state = JSON.stringify({ v: 1, scope, run: plan.save(run), recent: toReplay(recent) } satisfies SavedEngine);
  return { epoch: position.epoch, cursor: position.lsn, bundle, site, engine: plan.engine, hash: hashDocument(state), state };
};

/**
 * The state that was kept, with the plan that it belongs to.
 *
 * @throws Fault `store/damaged` when it was altered, or is of another engine or plan.
 */
export const restoreService = (checkpoint: Checkpoint, plan: Plan): ServiceState => {
  const { epoch, cursor, site, bundle } = checkpoint;
  const content = readSavedEngine(checkpoint, plan);
  return {
    position: { epoch, lsn: cursor },
    scope: content.scope,
    site,
    bundle,
    plan,
    run: plan.restore(content.run),
    // Whatever was held is over: a new run is granted a new term.
    term: null,
    recent: toRecent(content.recent),
  };
};
