import { Checkpoint, createParse, Fault, Term, toLocations, type Lsn, type NodeId, type ScopeId } from '@phloem/protocol';
import { Type, type Static } from 'typebox';
import type { LeaseService } from '../leases/lease-service.ts';
import type { HubStore } from '../store/hub-store.ts';

/** A checkpoint with the term under which it is handed over. */
const Handover = Type.Object({ term: Term, checkpoint: Checkpoint }, { additionalProperties: false });
export type Handover = Static<typeof Handover>;
/** @throws Fault protocol/invalid. */
export const parseHandover = createParse(Handover, 'checkpoint');

/** The checkpoints that the hub holds for those who start later. */
export type CheckpointRegistry = {
  /** The newest one, or the newest whose cursor is not past `before`. */
  newest(scope: ScopeId, before?: number): Checkpoint;
  /** @throws Fault command/term when the node does not hold the lease of the scope. */
  mustHold(scope: ScopeId, nodeId: NodeId | null): void;
  put(scope: ScopeId, handover: Handover, nodeId: NodeId | null): { readonly cursor: Lsn };
};

export const createCheckpointRegistry = ({
  store,
  leases,
  at,
}: {
  readonly store: HubStore;
  readonly leases: LeaseService;
  readonly at: () => number;
}): CheckpointRegistry => ({
  newest: (scope, before) => {
    const stored =
      before === undefined
        ? store.checkpoints.newest(scope)
        : (store.checkpoints.list(scope).findLast(({ cursor }) => cursor <= before) ?? null);
    if (stored === null) {
      throw new Fault('document/unknown', `there is no checkpoint of ${scope}${before === undefined ? ' yet' : ` before ${before}`}`);
    }
    const { epoch, cursor, bundle, site, engine, hash, state } = stored;
    return { epoch, cursor, bundle, site, engine, hash, state };
  },
  mustHold: (scope, nodeId) => {
    if (leases.covering(`${toLocations(scope)[0] ?? scope}/any`)?.holder === nodeId && nodeId !== null) return;
    throw new Fault('command/term', `the lease of ${scope} is not held by ${nodeId ?? 'a browser'}`);
  },
  put: (scope, { term, checkpoint }, nodeId) => {
    const lease = leases.current(term);
    if (lease === null || lease.scope !== scope || lease.holder !== nodeId) {
      throw new Fault('command/term', `the lease of ${scope} is not held by ${nodeId ?? 'a browser'} under the term ${term}`);
    }
    const committed = store.cursors.get(scope);
    if (committed === null || committed.lsn < checkpoint.cursor) {
      throw new Fault(
        'protocol/invalid',
        `a checkpoint at ${checkpoint.cursor} is ahead of the committed cursor ${committed?.lsn ?? 'none'}`,
      );
    }
    store.checkpoints.put({ scope, at: at(), ...checkpoint });
    return { cursor: checkpoint.cursor };
  },
});
