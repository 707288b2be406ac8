import type { DocumentHash, ScopeId } from '@phloem/protocol';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** A bundle that has been checked against the active site. */
export type CheckedBundle = { readonly hash: DocumentHash; readonly text: string; readonly scope: ScopeId };

/** What came of a promotion. `isNew` is false when this bundle was the live one already. */
export type Promotion = { readonly hash: DocumentHash; readonly scope: ScopeId; readonly revision: number; readonly isNew: boolean };

/** Where bundles become the live ones of their scopes. */
export type BundleShelf = {
  /**
   * Checks a bundle, keeps it, and appends the `bundle` entry that switches to it; resolves when that is on disk.
   *
   * @throws Fault document/invalid, rules/invalid: nothing has changed then.
   */
  promote(content: unknown): Promise<Promotion>;
};

export const createBundleShelf = ({
  store,
  view,
  check,
}: {
  readonly store: HubStore;
  readonly view: HubView;
  readonly check: (content: unknown) => CheckedBundle;
}): BundleShelf => ({
  promote: async (content) => {
    const { hash, text, scope } = check(content);
    const live = view.automation().find((status) => status.scope === scope)?.bundle ?? null;
    if (live?.hash === hash) return { hash, scope, revision: live.revision, isNew: false };
    const revision = (live?.revision ?? 0) + 1;
    store.transact(() => {
      store.documents.put(hash, text);
      store.log.append([{ kind: 'bundle', scope, hash, revision, mode: 'live' }]);
    });
    await store.sync();
    return { hash, scope, revision, isNew: true };
  },
});
