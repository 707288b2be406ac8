import type { Bye, HubMessage, HubMessages } from '@phloem/protocol';
import { Subject } from 'rxjs';
import type { Connection } from '../hub-transport.ts';

/** A connection whose other side is the test: what was sent lies in `sent`; how much is buffered is the test's to say. */
export class FakeConnection implements Connection {
  readonly peer = { address: '127.0.0.1', cookie: null };
  readonly hello: unknown;
  readonly incoming = new Subject<{ event: string; payload: unknown }>();
  readonly incoming$ = this.incoming.asObservable();
  readonly sent: HubMessage[] = [];
  buffered = 0;
  isTerminated = false;
  farewell: Bye | null = null;

  constructor(hello: unknown) {
    this.hello = hello;
  }

  send(message: HubMessage): void {
    // As over a wire: what arrives is a copy.
    this.sent.push(structuredClone(message));
  }

  sendShared(message: HubMessage): void {
    this.send(message);
  }

  bufferedBytes(): number {
    return this.buffered;
  }

  end(bye: Bye): void {
    this.farewell = bye;
    this.isTerminated = true;
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** The payloads of one kind of message, in the order in which they were sent. */
  got<E extends keyof HubMessages>(event: E): HubMessages[E][] {
    return this.sent.flatMap((message) => (message.event === event ? [message.payload as HubMessages[E]] : []));
  }
}
