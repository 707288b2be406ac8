import type { ByeCode, Hello, NodeId } from '@phloem/protocol';
import { isService } from '../access/permissions.ts';
import { restMs, toBye } from './bye.ts';
import type { Connection } from './hub-transport.ts';
import { judgeGreeting, type Admitted, type Authenticate } from './judge-greeting.ts';
import type { NodeNames } from './node-names.ts';
import { createSessionLimits, type SessionLimits } from './session-limits.ts';
import type { SessionRegistry } from './session-registry.ts';

/** A connection that was not let in. */
export type Refusal = {
  readonly kind: 'refused';
  readonly code: ByeCode;
  readonly message: string;
  readonly nodeId: NodeId | null;
  /** One of very many, to be counted and not written down. */
  readonly isOneOfMany?: true;
};

export type AdmissionOptions = {
  readonly registry: SessionRegistry;
  readonly names: NodeNames;
  readonly authenticate: Authenticate;
  readonly now: () => number;
  readonly notice: (refusal: Refusal) => void;
  /** How many greetings and sessions are taken; those of the specification when not said. */
  readonly limits: SessionLimits | undefined;
};

/** Decides which connections become sessions. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #room: ReturnType<typeof createSessionLimits>;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#room = createSessionLimits(options.limits);
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Judges the greeting of a connection. A refused connection gets the reason and is ended; null then. */
  admit(connection: Connection): { readonly hello: Hello; readonly identity: Admitted } | null {
    const { registry, names, authenticate } = this.#options;
    const now = this.#options.now();
    const { address } = connection.peer;
    if (this.#isClosed) return this.#refuse(connection, { code: 'draining', message: 'the hub is shutting down', nodeId: null });
    const judged = judgeGreeting(connection, authenticate);
    if (judged.kind === 'refused') {
      if (this.#room.mayFail(address, now)) return this.#refuse(connection, judged);
      const message = `too many greetings from ${address} have failed`;
      return this.#refuse(connection, { code: 'busy', message, nodeId: null, isOneOfMany: true }, restMs.failedGreetings);
    }
    const { hello, identity } = judged;
    const { nodeId } = hello;
    const ofUser = registry.countOfUser(identity.user, nodeId);
    const noRoom = this.#room.roomFor({ address, now, all: registry.size, ofUser });
    if (noRoom !== null) return this.#refuse(connection, { code: 'busy', message: noRoom.message, nodeId }, noRoom.afterMs);
    const live = registry.ofNode(nodeId)?.hello;
    if (names.isDuplicate(hello, live)) {
      // A browser's second tab is no trouble, and nobody would ever clear the alarm.
      if (isService(identity.role)) names.raise(nodeId);
      const message = `another process runs under the name ${nodeId}; give each its own`;
      return this.#refuse(connection, { code: 'duplicate-node', message, nodeId }, restMs.duplicate);
    }
    names.clear(hello, live);
    return { hello, identity };
  }

  #refuse(connection: Connection, refusal: Omit<Refusal, 'kind'>, afterMs?: number): null {
    const { code, message, nodeId, isOneOfMany } = refusal;
    this.#options.notice({ kind: 'refused', code, message, nodeId, ...(isOneOfMany === undefined ? {} : { isOneOfMany }) });
    connection.end(toBye(code, message, afterMs));
    return null;
  }
}
