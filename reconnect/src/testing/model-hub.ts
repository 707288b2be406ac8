import type { Entry, Epoch, Lsn, NodeMessage, Position, SubscriptionGrant } from '@phloem/protocol';
import { toWelcome, type FakeConnection } from './fake-network.ts';

/** What a hub keeps over its connections: a log that only grows, or, at a power cut, loses its tail with the epoch. */
export type ModelLog = { epoch: Epoch; readonly lineage: { epoch: Epoch; end: Lsn }[]; entries: Entry[] };

type Session = { readonly connection: FakeConnection; covered: Lsn; committed: Lsn; handled: number };

/**
 * A hub as the specification has it, as far as one lossless subscription goes, and as strict: whatever a node does
 * that the specification forbids is an error of the test.
 */
export class ModelHub {
  readonly log: ModelLog;
  readonly #window: number;
  #session: Session | null = null;
  #beat = 0;

  constructor(log: ModelLog, window: number) {
    this.log = log;
    this.#window = window;
  }

  get head(): Lsn {
    return this.log.entries.length;
  }

  append(entry: (lsn: Lsn) => Entry): void {
    this.log.entries.push(entry(this.head + 1));
  }

  /** A power cut: the newest entries of this epoch are gone, at most `count` of them, and a new epoch begins. */
  loseNewest(count: number, epoch: Epoch): void {
    const end = Math.max(this.log.lineage.at(-1)?.end ?? 0, this.head - count);
    this.log.lineage.push({ epoch: this.log.epoch, end });
    this.log.epoch = epoch;
    this.log.entries = this.log.entries.slice(0, end);
    this.#session = null;
  }

  /** Takes a connection that has just dialed; the newest wins. */
  greet(connection: FakeConnection): void {
    connection.accept();
    const [request] = connection.hello.subscriptions ?? [];
    if (request === undefined || request.cursor === null) throw new Error('the model hub wants one subscription with a cursor');
    const grant = this.#resolve(request.sub, request.cursor);
    this.#session = { connection, covered: grant.from, committed: grant.from, handled: 0 };
    const { epoch, lineage } = this.log;
    connection.send('welcome', toWelcome({ log: { epoch, first: 1, head: this.head, lineage: [...lineage] }, subscriptions: [grant] }));
  }

  /** Reads what the node has sent. */
  read(): void {
    const session = this.#session;
    if (session === null) return;
    while (session.handled < session.connection.received.length) {
      const message = session.connection.received[session.handled];
      session.handled += 1;
      if (message !== undefined) this.#handle(session, message);
    }
  }

  /** Sends a batch of at most `size`, as far as the window lets it. */
  send(size: number): void {
    const session = this.#session;
    if (session === null) return;
    const room = this.#window - (session.covered - session.committed);
    const last = Math.min(this.head, session.covered + Math.min(size, room));
    if (last <= session.covered) return;
    const prev = session.covered;
    session.covered = last;
    session.connection.send('entries', { sub: 'log', epoch: this.log.epoch, prev, last, entries: this.log.entries.slice(prev, last) });
  }

  #handle(session: Session, message: NodeMessage): void {
    if (message.event === 'heartbeat') {
      this.#beat += 1;
      const { n, t } = message.payload;
      const echo = { n, t, heldMs: 0 };
      const committed = { subscriptions: { log: session.committed }, scope: null };
      session.connection.send('heartbeat', { n: this.#beat, t: 0, echo, committed, covered: { log: session.covered } });
      return;
    }
    if (message.event !== 'commit') throw new Error(`${message.event} was not expected`);
    const { cursor, epoch } = message.payload;
    if (epoch !== this.log.epoch) throw new Error(`EV4: a commit in the epoch ${epoch}, the log is in ${this.log.epoch}`);
    if (cursor < session.committed || cursor > session.covered) {
      throw new Error(`EV4: a commit at ${cursor}, which is not between ${session.committed} and ${session.covered}`);
    }
    session.committed = cursor;
  }

  #resolve(sub: string, cursor: Position): SubscriptionGrant {
    const end = this.log.lineage.find(({ epoch }) => epoch === cursor.epoch)?.end ?? this.head;
    return cursor.lsn > end ? { sub, from: end, lost: [end + 1, cursor.lsn], why: 'truncated' } : { sub, from: cursor.lsn };
  }
}
