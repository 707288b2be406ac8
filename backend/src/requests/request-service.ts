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

export const createRequestService = ({ store, leases, gate, createId, toTimeText }: RequestServiceParts): RequestService => {
  const held = new Map<NodeId, Held>();

  const find = (requester: Requester, id: string): CommandRecord | null => store.commands.get(toCommandId(requester, id));

  const toFrame = (requester: Requester, request: DeviceRequest): SentFrame => ({
    id: toCommandId(requester, request.id),
    device: request.device,
    value: request.value,
    op: request.op ?? 'set',
    cause: request.cause ?? { epoch: store.log.epoch, lsn: store.log.head },
    ttlMs: request.ttlMs,
    why: textReason(request.reason ?? 'requested over HTTP'),
  });

  const take = (requester: Requester, request: DeviceRequest, { term, scope }: Held): RequestAnswer => {
    const before = store.log.head;
    const frame = toFrame(requester, request);
    store.transact(() => gate.accept([frame], { term, scope, nodeId: requester.nodeId }));
    const refusal = store.log.read(before, read).find((entry) => isRefusal(entry, frame.id));
    gate.flush();
    const record = find(requester, request.id);
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
  };

  const endWhere = (isOver: (credential: string) => boolean): void => {
    for (const [nodeId, { session, credential }] of held) {
      if (!isOver(credential)) continue;
      held.delete(nodeId);
      leases.release(session);
    }
  };

  return {
    hold: (requester, scope, cursor) => {
      const { nodeId, credential } = requester;
      mustCover(requester, toLocations(scope));
      const own = held.get(nodeId);
      if (own?.scope === scope && leases.current(own.term)?.session === own.session) {
        leases.renew(own.session, own.term, cursor ?? store.log.head);
        held.set(nodeId, { ...own, credential });
        return { scope, term: own.term, holder: nodeId, ttlMs: leaseMs };
      }
      const session = `http-${createId()}`;
      const { term, holder, ttlMs } = leases.request(session, nodeId, scope);
      if (own !== undefined) leases.release(own.session);
      if (term === null) {
        leases.release(session);
        held.delete(nodeId);
      } else held.set(nodeId, { session, scope, term, credential });
      return { scope, term, holder, ttlMs };
    },
    forget: (session) => {
      const own = [...held].find(([, one]) => one.session === session);
      if (own === undefined || leases.current(own[1].term)?.session === session) return;
      leases.release(session);
      held.delete(own[0]);
    },
    endOf: (credential) => endWhere((one) => one === credential),
    endExpired: (isLive) => endWhere((one) => !isLive(one)),
    release: (requester, scope) => {
      const { nodeId } = requester;
      mustCover(requester, toLocations(scope));
      const own = held.get(nodeId);
      if (own?.scope !== scope) return;
      leases.release(own.session);
      held.delete(nodeId);
    },
    request: (requester, request) => {
      // A node may have several tokens, and another of them may have got the lease.
      mustCover(requester, [toLocation(request.device)]);
      const known = find(requester, request.id);
      if (known !== null) {
        const { device, value, op } = known;
        if (device !== request.device || value !== request.value || op !== (request.op ?? 'set'))
          throw new Fault('request/conflict', `the id ${request.id} was used to request ${String(value)} of ${device}; use a new id`);
        return toAccepted(request.id, known);
      }
      const own = held.get(requester.nodeId);
      if (own?.term !== request.term || leases.current(request.term)?.session !== own.session) {
        throw new Fault(
          'command/term',
          `${requester.nodeId} does not hold a lease under the term ${request.term}; get one, then decide again`,
        );
      }
      return take(requester, request, own);
    },
    find: (requester, id) => {
      const known = find(requester, id);
      if (known === null) throw new Fault('request/unknown', `there is no request ${id} of ${requester.nodeId} that was accepted`);
      return toAccepted(id, known);
    },
  };
};
