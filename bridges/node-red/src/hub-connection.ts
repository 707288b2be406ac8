import type { Position, RequestAnswer, Term } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import type { Observable } from 'rxjs';
import type { HubState } from './step-readings.ts';
import type { Standing } from './to-node-status.ts';

/** What an HTTP request to the hub carries. */
export type Asked = { readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'; readonly body?: object };

/** A device state that a flow requests. */
export type FlowRequest = {
  readonly id: string;
  readonly device: string;
  readonly value: boolean | number;
  readonly ttlMs: number;
  readonly reason: string;
};

/** The hub as the nodes of all flows share it: one link, one lease. */
export interface HubConnection {
  /** How the connection stands; begins with the newest. */
  readonly standing$: Observable<Standing>;
  /** The state of the hub, whole at first and after each cut, then what changed. Begins with the newest whole state. */
  readonly state$: Observable<HubState>;
  /** Each alarm entry once, from this position on. One reader per name. */
  alarms$(name: string, from: Position): Observable<Batch>;
  /**
   * Asks the hub over HTTP.
   *
   * @throws Fault with the code of the hub, or `net/unreachable`.
   */
  ask<T>(path: string, asked: Asked): Promise<T>;
  /**
   * Requests a device state under the lease of this connection, again and again until the hub has answered or the time to live is over.
   *
   * @throws Fault.
   */
  request(request: FlowRequest): Promise<RequestAnswer>;
  /** The term of the lease, null while it is not held. */
  readonly term: Term | null;
  /** Ends the link. A connection that is removed gives its lease back; after a deploy the next one continues it. */
  close(isRemoved: boolean): Promise<void>;
}
