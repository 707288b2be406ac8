import type { Hello, NodeMessage } from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** An open connection, as long as it is open. */
export type Channel = {
  /** Hands a message to the network. Does nothing once the connection has ended. */
  send(message: NodeMessage): void;
  /** Bytes that were sent and have not left for the network. */
  bufferedBytes(): number;
};

/** What happens on one connection. `open` comes first, `closed` last; messages come in the order they were sent. */
export type TransportEvent =
  | { readonly kind: 'open'; readonly channel: Channel }
  /** Something came in: not validated, and perhaps of a name that nobody knows. */
  | { readonly kind: 'message'; readonly event: string; readonly payload: unknown }
  | { readonly kind: 'closed'; readonly why: string };

/**
 * How a link reaches its hub: Socket.IO, or the fake network of a test.
 *
 * Each subscription to `dial` is one attempt with a connection of its own: it never errors, says `closed` and
 * completes when the attempt failed or the connection has ended. Unsubscribing ends the connection at once, without
 * waiting for the other side; nothing is emitted afterwards.
 */
export interface Transport {
  dial(hello: Hello): Observable<TransportEvent>;
}
