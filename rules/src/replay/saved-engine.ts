import { Fault, hashDocument, type Checkpoint, type Entry, type ScopeId } from '@phloem/protocol';

/** What automation keeps as the `state` of a checkpoint. */
export type SavedEngine = { readonly v: 1; readonly scope: ScopeId; readonly run: string; readonly recent: readonly Entry[] };

/**
 * Reads the state of a checkpoint, for the plan that it is restored into.
 *
 * @throws Fault `store/damaged` when it was altered, or is of another engine, plan or version.
 */
export const readSavedEngine = (
  { cursor, bundle, engine, hash, state }: Checkpoint,
  plan: { readonly engine: string; readonly hash: string },
): SavedEngine => {
  if (hashDocument(state) !== hash) throw new Fault('store/damaged', `the checkpoint at ${cursor} was altered`);
  if (engine !== plan.engine || bundle !== plan.hash) {
    throw new Fault('store/damaged', `the checkpoint at ${cursor} is of ${engine}, not of ${plan.engine}`);
  }
  let content: Partial<SavedEngine> | null;
  try {
    content = JSON.parse(state) as Partial<SavedEngine> | null;
  } catch (cause) {
    throw new Fault('store/damaged', 'the state of a checkpoint is not JSON', { cause });
  }
  if (content?.v !== 1) throw new Fault('store/damaged', 'the state of a checkpoint is of another version');
  // The hash has shown that it is what a service wrote; which one, the version says.
  return content as SavedEngine;
};
