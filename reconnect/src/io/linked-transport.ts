import type { Hello } from '@phloem/protocol';
import { Observable, type Subscriber } from 'rxjs';
import { Flow, type FromHub, type FromNode, type MessageEnd } from '../message-end.ts';
import type { Transport, TransportEvent } from '../transport.ts';

type Dialed = { readonly listener: Subscriber<TransportEvent>; readonly flow: Flow };

const end = (listener: Subscriber<TransportEvent>, why: string): void => {
  listener.next({ kind: 'closed', why });
  listener.complete();
};

/**
 * Reaches a hub over a pair of message ends: the hub of this process, or that of another thread. Each dial is a connection of its
 * own. The messages are not copied within a process: read them, and change nothing.
 */
export const createLinkedTransport = (node: MessageEnd): Transport => {
  const dialed = new Map<number, Dialed>();
  const post = (message: FromNode): void => node.post(message);
  let isGone = false;
  let count = 0;

  const take = (message: FromHub): void => {
    const one = dialed.get(message.n);
    if (one === undefined) return;
    const { listener, flow } = one;
    switch (message.kind) {
      case 'open':
        return listener.next({ kind: 'open', channel: { send: toSend(message.n, flow), bufferedBytes: () => flow.buffered } });
      case 'message':
        flow.took(message.payload);
        return listener.next({ kind: 'message', event: message.event, payload: message.payload });
      case 'taken':
        return flow.reported(message.bytes);
      case 'closed':
        dialed.delete(message.n);
        return end(listener, message.why);
      default:
        message satisfies never;
    }
  };

  const toSend =
    (n: number, flow: Flow) =>
    ({ event, payload }: { readonly event: string; readonly payload: unknown }): void => {
      if (!dialed.has(n)) return;
      flow.sent(payload);
      post({ kind: 'message', n, event, payload });
    };

  // For as long as the pair lives: who owns the pair ends it.
  node.messages$.subscribe({
    next: (message) => take(message as FromHub),
    complete: () => {
      isGone = true;
      const all = [...dialed.values()];
      dialed.clear();
      for (const { listener } of all) end(listener, 'the hub is gone');
    },
  });

  return {
    dial: (hello: Hello) =>
      new Observable<TransportEvent>((listener) => {
        if (isGone) return end(listener, 'the hub is gone');
        count += 1;
        const n = count;
        dialed.set(n, { listener, flow: new Flow((bytes) => post({ kind: 'taken', n, bytes })) });
        post({ kind: 'dial', n, hello });
        return () => {
          if (dialed.delete(n)) post({ kind: 'hang-up', n });
        };
      }),
  };
};
