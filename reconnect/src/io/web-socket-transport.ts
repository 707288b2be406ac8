import type { Hello } from '@phloem/protocol';
import { Observable } from 'rxjs';
import type { Transport, TransportEvent } from '../transport.ts';

/** Where the hub is. */
export type WebSocketOptions = {
  /** `ws://127.0.0.1:8420/api/v1/ws`. */
  readonly url: string;
};

/** The WebSocket of Node cannot be cut without the other side; that of the package `ws` can. */
type Wire = WebSocket & { terminate?: () => void };

const toMessage = (text: unknown): { readonly event: string; readonly payload: unknown } => {
  const { event, data } = JSON.parse(String(text)) as { readonly event: unknown; readonly data: unknown };
  return { event: String(event), payload: data };
};

/**
 * Reaches a hub by a plain WebSocket, with one JSON text frame `{ event, data }` for each message. The greeting is the first frame. Each
 * dial has a socket of its own.
 */
export const createWebSocketTransport = ({ url }: WebSocketOptions): Transport => ({
  dial: (hello: Hello) =>
    new Observable<TransportEvent>((events) => {
      const socket: Wire = new WebSocket(url);
      const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
      const end = (why: string): void => {
        events.next({ kind: 'closed', why });
        events.complete();
      };
      let failure = '';
      socket.addEventListener('open', () => {
        socket.send(JSON.stringify({ event: 'hello', data: hello }));
        events.next({
          kind: 'open',
          channel: {
            send: ({ event, payload }) => {
              if (isOpen()) socket.send(JSON.stringify({ event, data: payload }));
            },
            bufferedBytes: () => socket.bufferedAmount,
          },
        });
      });
      socket.addEventListener('message', ({ data }) => {
        try {
          events.next({ kind: 'message', ...toMessage(data) });
        } catch {
          failure = 'a frame of the hub is not JSON';
          socket.close();
        }
      });
      socket.addEventListener('error', (error) => {
        failure = 'message' in error && typeof error.message === 'string' && error.message !== '' ? error.message : 'websocket error';
      });
      socket.addEventListener('close', ({ code, reason }) => end(failure || reason || `the connection was closed (${code})`));
      return () => {
        // A polite close waits for the other side, which may be the one that does not answer.
        if (socket.terminate === undefined) socket.close();
        else socket.terminate();
      };
    }),
});
