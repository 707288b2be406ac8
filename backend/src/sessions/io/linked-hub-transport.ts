import type { Bye, Hello, HubMessage } from '@phloem/protocol';
import { Flow, type FromHub, type FromNode, type MessageEnd } from '@phloem/reconnect';
import { Subject, type Observable } from 'rxjs';
import type { Connection, HubTransport, Incoming } from '../hub-transport.ts';

/** Who is at the other end of a pair, for limits and journals that count by address. */
const peer = { address: 'in-process', cookie: null } as const;

export type LinkedHubTransportOptions = {
  readonly end: MessageEnd;
  /** Called on what should never happen: an error of the hub while it takes a message in. */
  readonly onError: (error: unknown) => void;
};

/** One connection, seen from the hub. */
class LinkedConnection implements Connection {
  readonly peer = peer;
  readonly hello: Hello;
  readonly incoming$: Observable<Incoming>;
  readonly #incoming = new Subject<Incoming>();
  readonly #flow: Flow;
  readonly #n: number;
  readonly #options: LinkedHubTransportOptions;
  readonly #forget: () => void;
  #isOpen = true;

  constructor(n: number, hello: Hello, options: LinkedHubTransportOptions, forget: () => void) {
    this.#n = n;
    this.hello = hello;
    this.#options = options;
    this.#forget = forget;
    this.incoming$ = this.#incoming.asObservable();
    this.#flow = new Flow((bytes) => this.#post({ kind: 'taken', n, bytes }));
  }

  send({ event, payload }: HubMessage): void {
    if (!this.#isOpen) return;
    this.#flow.sent(payload);
    this.#post({ kind: 'message', n: this.#n, event, payload });
  }

  sendShared(message: HubMessage): void {
    this.send(message);
  }

  bufferedBytes(): number {
    return this.#flow.buffered;
  }

  end(bye: Bye): void {
    this.send({ event: 'bye', payload: bye });
    this.close('the hub ended the connection');
  }

  terminate(): void {
    this.close('the hub ended the connection');
  }

  /** Says that it is over, to the node at once and to the sessions after what they do now. */
  close(why: string): void {
    if (!this.#isOpen) return;
    this.#post({ kind: 'closed', n: this.#n, why });
    this.over();
  }

  /** The node is no longer there. */
  over(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#forget();
    // After what the sessions do now: they may be the ones that end it.
    queueMicrotask(() => this.#incoming.complete());
  }

  take(message: Exclude<FromNode, { kind: 'dial' }>): void {
    switch (message.kind) {
      case 'message':
        this.#flow.took(message.payload);
        return this.#incoming.next({ event: message.event, payload: message.payload });
      case 'taken':
        return this.#flow.reported(message.bytes);
      case 'hang-up':
        return this.over();
      default:
        message satisfies never;
    }
  }

  #post(message: FromHub): void {
    this.#options.end.post(message);
  }
}

/**
 * The hub's side of links over a pair of message ends. What comes in is not checked for its size: it is from this process, or
 * from a thread that it started. Greetings are judged as those of any other node.
 */
export const createLinkedHubTransport = (options: LinkedHubTransportOptions): HubTransport => {
  const connections = new Subject<Connection>();
  const open = new Map<number, LinkedConnection>();
  const post = (message: FromHub): void => options.end.post(message);

  const greet = (n: number, hello: Hello): void => {
    if (!connections.observed) return post({ kind: 'closed', n, why: 'the hub takes no connections' });
    const connection = new LinkedConnection(n, hello, options, () => open.delete(n));
    open.set(n, connection);
    post({ kind: 'open', n });
    connections.next(connection);
  };

  const take = (message: FromNode): void => {
    try {
      if (message.kind === 'dial') greet(message.n, message.hello);
      else open.get(message.n)?.take(message);
    } catch (error) {
      options.onError(error);
    }
  };

  // For as long as the pair lives: who owns the pair ends it. A node that dials when the hub is closed is answered.
  options.end.messages$.subscribe({
    next: (message) => take(message as FromNode),
    complete: () => {
      for (const connection of open.values()) connection.over();
    },
  });

  return {
    connections$: connections.asObservable(),
    close: async () => {
      connections.complete();
      for (const connection of open.values()) connection.close('the hub is closed');
    },
  };
};
