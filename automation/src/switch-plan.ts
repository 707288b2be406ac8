import { isFault, type BundleEntry, type DocumentHash, type Epoch, type Fault, type SiteEntry } from '@phloem/protocol';
import type { Compile, Decision, Plan } from './plan.ts';
import { toReplay, type Recent } from './recent.ts';
import type { ServiceState } from './service-state.ts';

/** The documents that the entries at hand name, or the fault that says why one cannot be had. */
export type Documents = ReadonlyMap<DocumentHash, unknown>;

/** What a switch comes to. `fault` says why there is no plan now, where there should be one. */
export type Switch = { readonly state: ServiceState; readonly decisions: readonly Decision[]; readonly fault: Fault | null };

/** Switches to another site or bundle, between two entries. An entry of another scope, or of a shadow, changes nothing. */
export const switchPlan = (
  state: ServiceState,
  entry: SiteEntry | BundleEntry,
  { epoch, documents, compile }: { readonly epoch: Epoch; readonly documents: Documents; readonly compile: Compile },
): Switch | null => {
  const next = follow(state, entry);
  if (next === null) return null;
  const { site, bundle } = next;
  if (site === null || bundle === null) return { state: { ...next, plan: null, run: null }, decisions: [], fault: null };
  try {
    const plan = compile(toDocument(documents, bundle), toDocument(documents, site));
    const { run, decisions } = beginAt(plan, entry, epoch, next.recent);
    return { state: { ...next, plan, run }, decisions, fault: null };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { state: { ...next, plan: null, run: null }, decisions: [], fault: error };
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

/**
 * Begins a plan in the middle of the log: it is told what each instrument and device said last, and then decides all
 * devices anew, as at a grant, for what the plan before it wished must not stay unasked. Nothing of this depends on
 * anything but the log, so every node begins it alike.
 */
const beginAt = (
  plan: Plan,
  entry: SiteEntry | BundleEntry,
  epoch: Epoch,
  recent: Recent,
): { readonly run: unknown; readonly decisions: readonly Decision[] } => {
  let run = plan.start();
  for (const known of toReplay(recent)) run = plan.step(run, known, { epoch }).state;
  const { lsn, at, up } = entry;
  const grant = { lsn, at, up, kind: 'lease', scope: plan.scope, term: 1, holder: 'all' } as const;
  const { state, decisions } = plan.step(run, grant, { epoch });
  return { run: state, decisions };
};
