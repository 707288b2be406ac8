import { isFault, type BundleEntry, type DocumentHash, type Epoch, type Fault, type SiteEntry, type ValueReport } from '@phloem/protocol';
import type { Compile, Decision, HandOver, Plan } from './plan.ts';
import { toReplay, type Recent } from './recent.ts';
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
    const { begun, told, handOver } = begin(plan, state, epoch, next.recent);
    const { run, decisions, values } = decideAnew(plan, begun, entry, epoch);
    return { state: { ...next, plan, run }, decisions, values: [...told, ...values], fault: null, handOver };
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

type Begun = { readonly begun: unknown; readonly told: readonly ValueReport[]; readonly handOver: HandOver | null };

/**
 * Begins a plan in the middle of the log: with what the plan before it remembers, as far as that fits; where there was
 * none, with what each instrument and device said last. Nothing of this depends on anything but the log, so every node
 * begins it alike.
 */
const begin = (plan: Plan, before: ServiceState, epoch: Epoch, recent: Recent): Begun => {
  if (before.plan !== null) {
    const { state, handOver } = plan.takeOver(before.plan.save(before.run));
    return { begun: state, told: [], handOver };
  }
  let begun = plan.start();
  const told: ValueReport[] = [];
  for (const known of toReplay(recent)) {
    const { state, values } = plan.step(begun, known, { epoch });
    begun = state;
    told.push(...values);
  }
  return { begun, told, handOver: null };
};

/** Decides all devices at a switch as at a grant: what the plan before requested must not stay because nobody asks any more. */
const decideAnew = (
  plan: Plan,
  begun: unknown,
  { lsn, at, up }: SiteEntry | BundleEntry,
  epoch: Epoch,
): { readonly run: unknown } & Pick<Switch, 'decisions' | 'values'> => {
  const grant = { lsn, at, up, kind: 'lease', scope: plan.scope, term: 1, holder: 'all' } as const;
  const { state, decisions, values } = plan.step(begun, grant, { epoch });
  return { run: state, decisions, values };
};
