import { isFault, type DocumentHash, type ScopeId, type SetpointName } from '@phloem/protocol';
import { compileBundle, toSiteModel, type BundleContent, type Plan, type PlanSetpoint } from '@phloem/protocol/rules';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** The live bundle of a scope, compiled; `plan` is null where it cannot be had, or does not fit the site. */
export type LivePlan = {
  readonly scope: ScopeId;
  readonly bundle: { readonly hash: DocumentHash; readonly revision: number };
  readonly plan: Plan | null;
};

/** What the live bundles say, for the hub to check what people ask of them. */
export type LivePlans = {
  readonly all: () => readonly LivePlan[];
  /** A set-point of each live bundle that has one of the name; usually one. */
  readonly setpoint: (name: SetpointName) => readonly PlanSetpoint[];
};

/** Compiles the hub's live bundles from the documents that it keeps, once for each, when somebody asks. */
export const createLivePlans = ({
  store,
  site,
  view,
}: {
  readonly store: Pick<HubStore, 'documents'>;
  readonly site: Site;
  readonly view: () => Pick<HubView, 'automation'>;
}): LivePlans => {
  const known = new Map<DocumentHash, Plan | null>();
  const compile = (hash: DocumentHash): Plan | null => {
    const text = store.documents.get(hash);
    if (text === null) return null;
    try {
      return compileBundle(JSON.parse(text) as BundleContent, toSiteModel(site));
    } catch (error) {
      if (!isFault(error)) throw error;
      return null;
    }
  };
  const planOf = (hash: DocumentHash): Plan | null => {
    const found = known.get(hash);
    if (found !== undefined) return found;
    const plan = compile(hash);
    // Bundles come and go; a few are as many as are live.
    if (known.size > 20) known.clear();
    known.set(hash, plan);
    return plan;
  };
  const all = (): readonly LivePlan[] =>
    view()
      .automation()
      .flatMap(({ scope, bundle }) => (bundle === null ? [] : [{ scope, bundle, plan: planOf(bundle.hash) }]));
  return {
    all,
    setpoint: (name) => all().flatMap(({ plan }) => plan?.setpoints.filter((setpoint) => setpoint.name === name) ?? []),
  };
};
