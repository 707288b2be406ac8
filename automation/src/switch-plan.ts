import { isFault, type BundleEntry, type DocumentHash, type Epoch, type Fault, type SiteEntry, type ValueReport } from '@phloem/protocol';
import { beginPlan, toGrant } from '@phloem/rules';
import type { Compile, Decision, HandOver } from './plan.ts';
import type { ServiceState } from './service-state.ts';

/** The documents that the entries at hand name, or the fault that says why one cannot be had. */
export type Documents = ReadonlyMap<DocumentHash, unknown>;

/** What a switch comes to. `fault` says why there is no plan now, where there should be one. */
export type Switch = {
  readonly state: ServiceState;
  readonly decisions: readonly Decision[];
  /** What people are shown: everything, since nothing is known of what rules before it have reported. */
  readonly values: readonly ValueReport[];
  readonly fault: Fault | null;
  /** Null where there was no plan before, or is none now. */
  readonly handOver: HandOver | null;
};

const noPlan = (state: ServiceState, fault: Fault | null): Switch => ({
  state: { ...state, plan: null, run: null },
  decisions: [],
  values: [],
  fault,
  handOver: null,
});

/** Switches to another site or bundle, between two entries. An entry of another scope, or of a shadow, changes nothing. */
export const switchPlan = (
  state: ServiceState,
  entry: SiteEntry | BundleEntry,
  { epoch, documents, compile }: { readonly epoch: Epoch; readonly documents: Documents; readonly compile: Compile },
): Switch | null => {
  const next = follow(state, entry);
  if (next === null) return null;
  const { site, bundle } = next;
  if (site === null || bundle === null) return noPlan(next, null);
  try {
    const plan = compile(toDocument(documents, bundle), toDocument(documents, site));
    const saved = state.plan === null ? null : state.plan.save(state.run);
    const begun = beginPlan(plan, saved, { recent: next.recent, epoch });
    const decided = plan.step(begun.state, toGrant(plan.scope, entry), { epoch });
    return {
      state: { ...next, plan, run: decided.state },
      decisions: decided.decisions,
      values: [...begun.values, ...decided.values],
      fault: null,
      handOver: begun.handOver,
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    return noPlan(next, error);
  }
};

const follow = (state: ServiceState, entry: SiteEntry | BundleEntry): ServiceState | null => {
  if (entry.kind === 'site') return { ...state, site: entry.hash };
  if (entry.mode === 'shadow' || (state.scope !== null && state.scope !== entry.scope)) return null;
  if (entry.mode === 'withdrawn') return state.bundle === entry.hash ? { ...state, bundle: null } : null;
  return { ...state, scope: entry.scope, bundle: entry.hash };
};

const toDocument = (documents: Documents, hash: DocumentHash): unknown => {
  const document = documents.get(hash);
  if (document === undefined) throw new Error(`the document ${hash} was not fetched`);
  if (isFault(document)) throw document;
  return document;
};
