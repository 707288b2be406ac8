import { isFault, type DocumentHash, type ScopeId, type SetpointName } from '@phloem/protocol';
import { compileBundle, toSiteModel, trustContent, type BundleContent, type Plan, type PlanSetpoint } from '@phloem/rules';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** What the hub checks people's requests against: the set-points of a bundle. */
export type KnownPlan = Pick<Plan, 'setpoints'>;

/** The live bundle of a scope, compiled; `plan` is null where it cannot be had, or does not fit the site. */
export type LivePlan = {
  readonly scope: ScopeId;
  readonly bundle: { readonly hash: DocumentHash; readonly revision: number };
  readonly plan: KnownPlan | null;
};

/** What the live bundles say, for the hub to check what people ask of them. */
export type LivePlans = {
  readonly all: () => readonly LivePlan[];
  /** A set-point of each live bundle that has one of the name; usually one. */
  readonly setpoint: (name: SetpointName) => readonly PlanSetpoint[];
  /** Takes over what another thread has found out about a bundle, so that it need not be compiled here. */
  readonly learn: (hash: DocumentHash, setpoints: readonly PlanSetpoint[]) => void;
  /** What a live bundle steers to, worked out in this thread; null where it cannot be had. */
  readonly ahead: (hash: DocumentHash, ask: Parameters<Plan['forecast']>[0]) => ReturnType<Plan['forecast']> | null;
};

/** Compiles the hub's live bundles from the documents that it keeps, once for each, when somebody asks. */
export const createLivePlans = ({
  store,
  site,
  view,
}: {
  readonly store: Pick<HubStore, 'documents'>;
  readonly site: Site;
  readonly view: Pick<HubView, 'automation'>;
}): LivePlans => {
  const known = new Map<DocumentHash, KnownPlan | null>();
  const compiled = new Map<DocumentHash, Plan | null>();
  const compile = (hash: DocumentHash): Plan | null => {
    const text = store.documents.get(hash);
    if (text === null) return null;
    try {
      return compileBundle(trustContent(JSON.parse(text) as BundleContent), toSiteModel(site));
    } catch (error) {
      if (!isFault(error)) throw error;
      return null;
    }
  };
  /** Bundles come and go; those that are live are never compiled twice. */
  const keep = <T>(plans: Map<DocumentHash, T>, hash: DocumentHash, plan: T): T => {
    if (plans.size > 20) {
      const live = new Set(view.automation().map(({ bundle }) => bundle?.hash));
      for (const old of plans.keys()) if (!live.has(old)) plans.delete(old);
    }
    plans.set(hash, plan);
    return plan;
  };
  const compileOnce = (hash: DocumentHash): Plan | null => {
    const found = compiled.get(hash);
    return found === undefined ? keep(compiled, hash, compile(hash)) : found;
  };
  const planOf = (hash: DocumentHash): KnownPlan | null => {
    const found = known.get(hash);
    return found === undefined ? keep(known, hash, compileOnce(hash)) : found;
  };
  const all = (): readonly LivePlan[] =>
    view.automation().flatMap(({ scope, bundle }) => (bundle === null ? [] : [{ scope, bundle, plan: planOf(bundle.hash) }]));
  return {
    all,
    learn: (hash, setpoints) => void keep(known, hash, { setpoints }),
    ahead: (hash, ask) => compileOnce(hash)?.forecast(ask) ?? null,
    setpoint: (name) => all().flatMap(({ plan }) => plan?.setpoints.filter((setpoint) => setpoint.name === name) ?? []),
  };
};
