import {
  Fault,
  renderReason,
  textReason,
  toLocation,
  toLocations,
  type DeviceRequest,
  type Entry,
  type HttpLeaseAnswer,
  type LocationId,
  type Lsn,
  type NodeId,
  type RequestAnswer,
  type ScopeId,
  type SentFrame,
  type SessionId,
} from '@phloem/protocol';
import type { DeviceGate } from '../devices/device-gate.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { CommandRecord, HubStore } from '../store/hub-store.ts';

/** A program that requests device states over HTTP. */
export type Requester = {
  readonly nodeId: NodeId;
  /** The id of its credential: the lease ends with it. */
  readonly credential: string;
  readonly locations?: readonly LocationId[] | undefined;
};

/**
 * Lets programs that have no link request device states, under the same lease and through the same gate as an automation service.
 * Nothing here waits for the disk: the caller syncs before it answers.
 */
export interface RequestService {
  /**
   * Gets the lease of a scope, or renews it. Nobody waits in line here: anyone who does not get it asks again.
   *
   * @throws Fault `auth/forbidden`.
   */
  hold(requester: Requester, scope: ScopeId, cursor: Lsn | null): HttpLeaseAnswer;
  /** The lease of a session has ended: nobody stands in line behind a program that may be gone. */
  forget(session: SessionId): void;
  /** Ends the lease of a credential that has been revoked. */
  endOf(credential: string): void;
  /** Ends the leases whose credential is no longer valid. */
  endExpired(isLive: (credential: string) => boolean): void;
  /**
   * Gives the lease of a scope back.
   *
   * @throws Fault `auth/forbidden`.
   */
  release(requester: Requester, scope: ScopeId): void;
  /**
   * Takes a request, or answers one that was taken before.
   *
   * @throws Fault `auth/forbidden`, `command/term` when the node does not hold the lease under this term, `request/conflict`.
   */
  request(requester: Requester, request: DeviceRequest): RequestAnswer;
  /** @throws Fault `request/unknown`. */
  find(requester: Requester, id: string): RequestAnswer;
}

export type RequestServiceParts = {
  readonly store: Pick<HubStore, 'log' | 'commands' | 'transact'>;
  readonly leases: Pick<LeaseService, 'request' | 'renew' | 'release' | 'current'>;
  readonly gate: Pick<DeviceGate, 'accept' | 'flush'>;
  readonly createId: () => string;
  readonly toTimeText: (at: number) => string;
};

/** The lease of a node over HTTP. One node, one lease, as over a link. `credential` renewed it last. */
type Held = { readonly session: SessionId; readonly scope: ScopeId; readonly term: number; readonly credential: string };

const leaseMs = 3000;
const read = { entries: 64, bytes: 1024 * 1024 } as const;

const toCommandId = ({ nodeId }: Requester, id: string): string => `http:${nodeId}:${id}`;
const phases = { requested: 'requested', held: 'held', intent: 'writing' } as const;

const toPhase = ({ stage, end }: CommandRecord): RequestAnswer['phase'] => (stage === 'ended' ? (end ?? 'unknown') : phases[stage]);

const toAccepted = (id: string, record: CommandRecord): RequestAnswer => ({
  id,
  device: record.device,
  value: record.value,
  outcome: 'accepted',
  phase: toPhase(record),
  code: null,
  message: null,
  lsn: record.accepted.lsn,
});

const mustCover = ({ locations }: Requester, asked: readonly LocationId[]): void => {
  const foreign = locations === undefined ? [] : asked.filter((location) => !locations.includes(location));
  if (foreign.length > 0) throw new Fault('auth/forbidden', `the credential is not for ${foreign.join(', ')}`);
};

const isRefusal = (entry: Entry, id: string): entry is Extract<Entry, { kind: 'device' }> =>
  entry.kind === 'device' && entry.phase === 'refused' && entry.id === id;

const isSame = ({ device, value, op }: CommandRecord, request: DeviceRequest): boolean =>
  device === request.device && value === request.value && op === (request.op ?? 'set');

/** Creates the service for the nodes of a hub. */
export const createRequestService = (parts: RequestServiceParts): RequestService => new HttpRequests(parts);

class HttpRequests implements RequestService {
  readonly #parts: RequestServiceParts;
  readonly #held = new Map<NodeId, Held>();

  constructor(parts: RequestServiceParts) {
    this.#parts = parts;
  }

  hold(requester: Requester, scope: ScopeId, cursor: Lsn | null): HttpLeaseAnswer {
    const { leases, store, createId } = this.#parts;
    const { nodeId, credential } = requester;
    mustCover(requester, toLocations(scope));
    const own = this.#held.get(nodeId);
    if (own?.scope === scope && leases.current(own.term)?.session === own.session) {
      leases.renew(own.session, own.term, cursor ?? store.log.head);
      this.#held.set(nodeId, { ...own, credential });
      return { scope, term: own.term, holder: nodeId, ttlMs: leaseMs };
    }
    const session = `http-${createId()}`;
    const { term, holder, ttlMs } = leases.request(session, nodeId, scope);
    if (own !== undefined) leases.release(own.session);
    if (term === null) {
      leases.release(session);
      this.#held.delete(nodeId);
    } else this.#held.set(nodeId, { session, scope, term, credential });
    return { scope, term, holder, ttlMs };
  }

  forget(session: SessionId): void {
    const { leases } = this.#parts;
    const own = [...this.#held].find(([, one]) => one.session === session);
    if (own === undefined || leases.current(own[1].term)?.session === session) return;
    leases.release(session);
    this.#held.delete(own[0]);
  }

  endOf(credential: string): void {
    this.#endWhere((one) => one === credential);
  }

  endExpired(isLive: (credential: string) => boolean): void {
    this.#endWhere((one) => !isLive(one));
  }

  release(requester: Requester, scope: ScopeId): void {
    const { nodeId } = requester;
    mustCover(requester, toLocations(scope));
    const own = this.#held.get(nodeId);
    if (own?.scope !== scope) return;
    this.#parts.leases.release(own.session);
    this.#held.delete(nodeId);
  }

  request(requester: Requester, request: DeviceRequest): RequestAnswer {
    // A node may have several tokens, and another of them may have got the lease.
    mustCover(requester, [toLocation(request.device)]);
    const known = this.#find(requester, request.id);
    if (known === null) return this.#take(requester, request, this.#mustHold(requester, request.term));
    if (isSame(known, request)) return toAccepted(request.id, known);
    throw new Fault('request/conflict', `the id ${request.id} was used to request ${String(known.value)} of ${known.device}; use a new id`);
  }

  find(requester: Requester, id: string): RequestAnswer {
    const known = this.#find(requester, id);
    if (known === null) throw new Fault('request/unknown', `there is no request ${id} of ${requester.nodeId} that was accepted`);
    return toAccepted(id, known);
  }

  #find(requester: Requester, id: string): CommandRecord | null {
    return this.#parts.store.commands.get(toCommandId(requester, id));
  }

  #mustHold({ nodeId }: Requester, term: number): Held {
    const own = this.#held.get(nodeId);
    if (own?.term === term && this.#parts.leases.current(term)?.session === own.session) return own;
    throw new Fault('command/term', `${nodeId} does not hold a lease under the term ${term}; get one, then decide again`);
  }

  /** Passes a new request to the gate, and reads what became of it. */
  #take(requester: Requester, request: DeviceRequest, { term, scope }: Held): RequestAnswer {
    const { store, gate, toTimeText } = this.#parts;
    const before = store.log.head;
    const frame = this.#toFrame(requester, request);
    store.transact(() => gate.accept([frame], { term, scope, nodeId: requester.nodeId }));
    const refusal = store.log.read(before, read).find((entry) => isRefusal(entry, frame.id));
    gate.flush();
    const record = this.#find(requester, request.id);
    if (record !== null) return toAccepted(request.id, record);
    const why = refusal?.why;
    if (refusal === undefined || why === undefined) throw new Error('a frame was neither accepted nor refused');
    return {
      id: request.id,
      device: request.device,
      value: request.value,
      outcome: 'refused',
      phase: 'refused',
      code: why.code,
      message: renderReason(why, { time: toTimeText }),
      lsn: refusal.lsn,
    };
  }

  #toFrame(requester: Requester, request: DeviceRequest): SentFrame {
    const { log } = this.#parts.store;
    return {
      id: toCommandId(requester, request.id),
      device: request.device,
      value: request.value,
      op: request.op ?? 'set',
      cause: request.cause ?? { epoch: log.epoch, lsn: log.head },
      ttlMs: request.ttlMs,
      why: textReason(request.reason ?? 'requested over HTTP'),
    };
  }

  #endWhere(isOver: (credential: string) => boolean): void {
    for (const [nodeId, { session, credential }] of this.#held) {
      if (!isOver(credential)) continue;
      this.#held.delete(nodeId);
      this.#parts.leases.release(session);
    }
  }
}
