import { createLinkedTransport, createMessageEnds, type Transport } from '@phloem/reconnect';
import type { HubTransport } from '../hub-transport.ts';
import { createLinkedHubTransport } from './linked-hub-transport.ts';

export type LinkedPairOptions = {
  /**
   * Freezes every message, so that a change of what both sides share throws where it is made. Default: unless `NODE_ENV` is
   * `production`.
   */
  readonly freeze?: boolean;
  /** Called on what should never happen: an error of the hub while it takes a message in. */
  readonly onError: (error: unknown) => void;
};

/** A hub and the nodes of its process, joined. */
export type LinkedPair = {
  readonly hub: HubTransport;
  /** May be dialed by several links, as any other transport. */
  readonly node: Transport;
};

/**
 * Joins a hub and its nodes within a process: a transport for each side, with the guarantees of a socket. Messages arrive in
 * microtasks, never within `send`, and are not copied. Window, heartbeat and lease stay as they are.
 */
export const createLinkedPair = ({ freeze = process.env['NODE_ENV'] !== 'production', onError }: LinkedPairOptions): LinkedPair => {
  const [hub, node] = createMessageEnds({ freeze, afterTurn: setImmediate });
  return { hub: createLinkedHubTransport({ end: hub, onError }), node: createLinkedTransport(node) };
};
