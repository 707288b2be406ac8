import type { Bye, Fault, HubMessage } from '@phloem/protocol';
import type { Observable } from 'rxjs';

/** What a connection's own side says of who is there, before any greeting is read. */
export type Peer = {
  readonly address: string;
  /** The credential that came with the request: a session cookie of a browser, or null. */
  readonly cookie: string | null;
};

/** What came in. `flaw` says that it was not even read, and why: then there is no event. */
export type Incoming = { readonly event: string; readonly payload: unknown; readonly flaw?: Fault };

/** One connected socket, as the sessions see it. */
export interface Connection {
  readonly peer: Peer;
  /** The `auth` of the CONNECT packet, as it came. */
  readonly hello: unknown;
  /** Why its greeting was not even read; undefined when it was. */
  readonly flaw?: Fault | undefined;
  /** What comes in, as it came, in order; completes when the connection has ended. Hot; subscribe at once. */
  readonly incoming$: Observable<Incoming>;
  /** It has become a session: it no longer counts among those that wait for that. */
  admit?(): void;
  /** From now on it may send messages of so many characters; a longer one is a flaw. */
  limitMessages?(characters: number): void;
  send(message: HubMessage): void;
  /** Sends a message that others are sent too: one and the same object is encoded once, however many take it. */
  sendShared(message: HubMessage): void;
  /** Bytes that were sent and have not left for the network. */
  bufferedBytes(): number;
  /** Says why, gives the message a moment to leave, and ends the connection. */
  end(bye: Bye): void;
  /** Ends the connection now, without a word and without waiting for the peer. */
  terminate(): void;
}

/** Where connections come from: Socket.IO, or the fake network of a test. */
export interface HubTransport {
  readonly connections$: Observable<Connection>;
  /** Says, while it is listened to, that the network has been looked at once more: anyone who has much to send sends some of it then. */
  readonly turns$?: Observable<unknown>;
  close(): Promise<void>;
}
