import { Observable, share } from 'rxjs';
import type { MessageEnd } from '../message-end.ts';

/** A `MessagePort`, of Node's worker threads or of a browser. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: 'close', listener: () => void): void;
  start(): void;
}

/**
 * The message end of a `MessagePort`. Messages are copied on the way. It lasts until the port is closed, on either side or by
 * the end of the other thread.
 */
export const openPortEnd = (port: Port): MessageEnd => ({
  post: (message) => port.postMessage(message),
  messages$: new Observable<unknown>((subscriber) => {
    const take = ({ data }: { readonly data: unknown }): void => subscriber.next(data);
    const end = (): void => subscriber.complete();
    port.addEventListener('message', take);
    port.addEventListener('close', end);
    port.start();
    return () => {
      port.removeEventListener('message', take);
      port.removeEventListener('close', end);
    };
  }).pipe(share()),
});
