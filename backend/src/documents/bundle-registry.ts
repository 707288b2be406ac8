import { Fault, type Author, type BundleRevision, type DocumentHash, type ScopeId } from '@phloem/protocol';
import type { PlanSetpoint } from '@phloem/rules';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import { describeMoves } from './compare-revisions.ts';

/** A bundle that has been checked against the active site. */
export type CheckedBundle = {
  readonly hash: DocumentHash;
  readonly text: string;
  readonly scope: ScopeId;
  /** What people may move of it; where it is not said it is worked out when somebody asks. */
  readonly setpoints?: readonly PlanSetpoint[];
};

/** What came of a promotion. `isNew` is false when this bundle was the live one already. */
export type Promotion = { readonly hash: DocumentHash; readonly scope: ScopeId; readonly revision: number; readonly isNew: boolean };

/** Where bundles become the live ones of their scopes. */
export type BundleRegistry<Content = Uint8Array> = {
  /**
   * Checks a bundle, keeps it, and appends the `bundle` entry that switches to it; resolves when that is on disk. `by` is who
   * asked for it.
   *
   * @throws Fault document/invalid, rules/invalid, document/busy, revision/newer: nothing has changed then.
   */
  promote(content: Content, by: Author, note?: PromotionNote): Promise<Promotion>;
};

/** What is stated with a promotion. `parent` is the live revision that its author has seen, 0 for none. */
export type PromotionNote = { readonly message?: string | undefined; readonly parent?: number | undefined };

/** The revisions of a scope, newest first. The live one is known even where an older version activated it. */
export const toRevisions = (scope: ScopeId, revisions: HubStore['revisions'], view: Pick<HubView, 'automation' | 'bundleEntry'>) => {
  const kept = revisions.list(scope).toReversed();
  const live = view.automation().find((status) => status.scope === scope)?.bundle ?? null;
  if (live === null || kept.some(({ revision }) => revision === live.revision)) return kept;
  const entry = view.bundleEntry(scope);
  const found: BundleRevision = { ...live, parent: null, at: entry?.at ?? null, by: entry?.by ?? null, message: null };
  return [found, ...kept];
};

/** `check` reads a bundle in whatever form it comes: as bytes away from this thread, or at once. */
export const createBundleRegistry = <Content = Uint8Array>({
  store,
  view,
  check,
  learn,
  prepare,
}: {
  /** Gets the hub ready to switch to a bundle; what takes long is done here, and not at the switch. */
  readonly prepare?: (hash: DocumentHash, text: string) => Promise<void>;
  /** Called with a bundle before it becomes the live one. */
  readonly learn?: (hash: DocumentHash, setpoints: readonly PlanSetpoint[]) => void;
  readonly store: HubStore;
  readonly view: HubView;
  readonly check: (content: Content) => CheckedBundle | Promise<CheckedBundle>;
}): BundleRegistry<Content> => ({
  promote: async (content, by, { message, parent } = {}) => {
    const checking = check(content);
    const { hash, text, scope, setpoints } = checking instanceof Promise ? await checking : checking;
    if (prepare !== undefined) await prepare(hash, text);
    const live = view.automation().find((status) => status.scope === scope)?.bundle ?? null;
    if (live?.hash === hash) return { hash, scope, revision: live.revision, isNew: false };
    if (parent !== undefined && parent !== (live?.revision ?? 0)) {
      const now = live === null ? 'no bundle' : `revision ${live.revision}`;
      const seen = parent === 0 ? 'none' : `revision ${parent}`;
      const moves = describeMoves(store.revisions.list(scope), store.documents, { from: parent, to: live?.revision ?? 0 });
      throw new Fault('revision/newer', `${scope}: ${now} is live, not ${seen}; compare with it, and try again${moves}`);
    }
    const revision = (live?.revision ?? 0) + 1;
    if (setpoints !== undefined) learn?.(hash, setpoints);
    store.transact(() => {
      store.documents.put(hash, text);
      store.log.append([{ kind: 'bundle', scope, hash, revision, mode: 'live', by }]);
      store.revisions.put(scope, { revision, hash, parent: live?.revision ?? null, at: store.clock.at(), by, message: message ?? null });
    });
    await store.sync();
    return { hash, scope, revision, isNew: true };
  },
});
