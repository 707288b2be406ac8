import { Checkpoint, createOpenParse, createParse, Fault, hashDocument, type Entry, type ScopeId } from '@phloem/protocol';
import { toRecent, toReplay } from '@phloem/rules';
import type { Plan } from './plan.ts';
import type { ServiceState } from './service-state.ts';

/** What this service keeps as the `state` of a checkpoint. */
type Content = { readonly v: 1; readonly scope: ScopeId; readonly run: string; readonly recent: readonly Entry[] };

/** Validates what this service kept itself. @throws Fault `store/damaged`. */
export const parseCheckpoint = createParse(Checkpoint, 'checkpoint', 'store/damaged');

/** Validates what a hub keeps, which may be newer. @throws Fault `net/answer`. */
export const parseHubCheckpoint = createOpenParse(Checkpoint, "the hub's checkpoint", 'net/answer');

/** The state as it is kept; null without a plan, for then there is nothing that the log would not give. */
export const toCheckpoint = ({ position, scope, site, bundle, plan, run, recent }: ServiceState): Checkpoint | null => {
  if (scope === null || site === null || bundle === null || plan === null) return null;
  const state = JSON.stringify({ v: 1, scope, run: plan.save(run), recent: toReplay(recent) } satisfies Content);
  return { epoch: position.epoch, cursor: position.lsn, bundle, site, engine: plan.engine, hash: hashDocument(state), state };
};

/**
 * The state that was kept, with the plan that it belongs to.
 *
 * @throws Fault `store/damaged` when it was altered, or is of another engine or plan.
 */
export const restoreService = (checkpoint: Checkpoint, plan: Plan): ServiceState => {
  const { epoch, cursor, site, bundle, engine, hash, state } = checkpoint;
  if (hashDocument(state) !== hash) throw new Fault('store/damaged', `the checkpoint at ${cursor} was altered`);
  if (engine !== plan.engine || bundle !== plan.hash) {
    throw new Fault('store/damaged', `the checkpoint at ${cursor} is of ${engine}, not of ${plan.engine}`);
  }
  const content = toContent(state);
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

/** The hash has shown that it is what a service wrote; which one, the version says. */
const toContent = (text: string): Content => {
  let content: Partial<Content> | null;
  try {
    content = JSON.parse(text) as Partial<Content> | null;
  } catch (cause) {
    throw new Fault('store/damaged', 'the state of a checkpoint is not JSON', { cause });
  }
  if (content?.v !== 1) throw new Fault('store/damaged', 'the state of a checkpoint is of another version');
  return content as Content;
};
