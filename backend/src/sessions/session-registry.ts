import type { NodeId, Role, SessionId } from '@phloem/protocol';
import type { Session } from './session.ts';

/** The sessions that live, by id, by node and by user. */
export class SessionRegistry {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byNode = new Map<NodeId, Session>();
  readonly #byUser = new Map<string, Set<Session>>();

  get size(): number {
    return this.#sessions.size;
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  get(id: SessionId): Session | undefined {
    return this.#sessions.get(id);
  }

  /** The session that has the name of a node now. */
  ofNode(nodeId: NodeId): Session | undefined {
    return this.#byNode.get(nodeId);
  }

  /** Adds a session. It has its node's name from now on, no matter who did so before. */
  add(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#byNode.set(session.hello.nodeId, session);
    const { user } = session;
    if (user !== null) this.#byUser.set(user, (this.#byUser.get(user) ?? new Set()).add(session));
  }

  remove(session: Session): void {
    this.#sessions.delete(session.id);
    const { nodeId } = session.hello;
    if (this.#byNode.get(nodeId) === session) this.#byNode.delete(nodeId);
    if (session.user === null) return;
    const ofUser = this.#byUser.get(session.user);
    ofUser?.delete(session);
    if (ofUser?.size === 0) this.#byUser.delete(session.user);
  }

  /** How many sessions a user has, without the one that a new session of this node would replace. */
  countOfUser(user: string | undefined, nodeId: NodeId): number {
    if (user === undefined) return 0;
    const ofUser = this.#byUser.get(user);
    const replaced = this.#byNode.get(nodeId);
    return (ofUser?.size ?? 0) - (replaced !== undefined && ofUser?.has(replaced) === true ? 1 : 0);
  }

  /** How many sessions a credential has opened. */
  countOfCredential(credential: string): number {
    let count = 0;
    for (const session of this.#sessions.values()) if (session.credential === credential) count += 1;
    return count;
  }

  /** How many sessions live, by role. */
  countByRole(): ReadonlyMap<Role, number> {
    const counts = new Map<Role, number>();
    for (const { hello } of this.#sessions.values()) counts.set(hello.role, (counts.get(hello.role) ?? 0) + 1);
    return counts;
  }
}
