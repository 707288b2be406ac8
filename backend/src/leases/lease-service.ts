import type { DeviceId, LeaseGrant, Lsn, NodeId, ScopeId, SessionId, Term } from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** A lease that is held now. */
export type LiveLease = {
  readonly scope: ScopeId;
  readonly term: Term;
  readonly holder: NodeId;
  readonly session: SessionId;
  /** When it was granted or, later, last renewed; in `up`. */
  readonly validUp: number;
};

/** The hub's one authority over who may command what. Every grant and every end is an entry in the log. */
export interface LeaseService {
  /** Asks for a scope. Granted at once when it is free, otherwise the session waits in line. */
  request(session: SessionId, nodeId: NodeId, scope: ScopeId): LeaseGrant;
  /**
   * A sign of life from the holder: its heartbeat came, and `committed` is how far the scope has been worked off.
   * Renews only while the engine makes progress (LE2). A wrong term changes nothing.
   */
  renew(session: SessionId, term: Term, committed: Lsn | null): void;
  /** The session has ended: frees its lease, and grants it to the first in line in the same breath. */
  release(session: SessionId): void;
  /** Claims nothing that is not so now: the live lease under `term`, or null. */
  current(term: Term): LiveLease | null;
  /** The live lease that covers a device, or null. */
  covering(device: DeviceId): LiveLease | null;
  /**
   * When, in `up`, a lease that covered the device was last renewed with progress (LE4 counts from here); null when
   * that has not happened since the hub started. A grant alone is no renewal.
   */
  renewedUp(device: DeviceId): number | null;
  /** What a waiting or former holder must be notified of. */
  readonly grants$: Observable<{ readonly session: SessionId; readonly grant: LeaseGrant }>;
  /** Emits after each change with the scope concerned: granted, expired, freed. */
  readonly changes$: Observable<{ readonly scope: ScopeId; readonly lease: LiveLease | null }>;
  close(): void;
}
