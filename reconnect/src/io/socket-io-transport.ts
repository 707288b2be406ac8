import type { Hello } from '@phloem/protocol';
import { Observable } from 'rxjs';
import { Manager, type ManagerOptions } from 'socket.io-client';
import type { Transport, TransportEvent } from '../transport.ts';

/** Where the hub is, and with which WebSocket to reach it. */
export type SocketIoOptions = {
  /** `http://127.0.0.1:8420`; in a browser the page's own origin. */
  readonly url: string;
  /** Transports of engine.io-client in place of its own: a browser's WebSocket in Node, for tests that intercept it. */
  readonly transports?: NonNullable<ManagerOptions['transports']>;
  /** Headers of the HTTP upgrade; a browser sets none. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** What is read of the WebSocket below, which is a browser's or that of the package `ws`. */
type Wire = { readonly bufferedAmount?: number; terminate?: () => void };

const wireOf = (manager: Manager): Wire | null => {
  const transport = manager.engine?.transport as { readonly ws?: Wire | null } | undefined;
  return transport?.ws ?? null;
};

/** What the WebSocket itself said, where it did: `connect ECONNREFUSED …` helps more than `websocket error`. */
const reasonOf = (error: Error & { readonly description?: unknown }): string => {
  const { description } = error;
  const inner = typeof description === 'object' && description !== null && 'message' in description ? description.message : undefined;
  return typeof inner === 'string' && inner !== '' ? inner : error.message;
};

/**
 * Reaches a hub by Socket.IO, over WebSocket alone. Each dial has a Manager of its own, which never reconnects: so
 * nothing that an earlier connection left unsent can run ahead of the greeting.
 */
export const createSocketIoTransport = ({ url, transports, headers }: SocketIoOptions): Transport => ({
  dial: (hello: Hello) =>
    new Observable<TransportEvent>((events) => {
      const manager = new Manager(url, {
        transports: transports ?? ['websocket'],
        reconnection: false,
        forceNew: true,
        autoConnect: false,
        // Not offered: compression costs memory and time, and the hub does not take it.
        perMessageDeflate: false as never,
        // The link limits the whole greeting by itself.
        timeout: false as unknown as number,
        ...(headers === undefined ? {} : { extraHeaders: { ...headers } }),
      });
      const socket = manager.socket('/', { auth: hello });
      const end = (why: string): void => {
        events.next({ kind: 'closed', why });
        events.complete();
      };
      socket.on('connect', () => {
        events.next({
          kind: 'open',
          channel: {
            send: ({ event, payload }) => {
              // While it is not connected, Socket.IO would keep the message and send it who knows when.
              if (socket.connected) socket.emit(event, payload);
            },
            // Socket.IO's own buffer empties at once into the WebSocket's, whatever the network does.
            bufferedBytes: () => wireOf(manager)?.bufferedAmount ?? 0,
          },
        });
      });
      socket.onAny((event: string, payload: unknown) => events.next({ kind: 'message', event, payload }));
      socket.on('connect_error', (error) => end(reasonOf(error)));
      socket.on('disconnect', (reason) => end(reason));
      socket.connect();
      return () => {
        socket.removeAllListeners();
        socket.offAny();
        const wire = wireOf(manager);
        // A polite close waits for the other side, which may be the one that does not answer.
        wire?.terminate?.();
        socket.disconnect();
        manager.engine?.close();
      };
    }),
});
