import type { Heartbeat, Lsn, NodeMessage, SubscriptionId, Term, Welcome } from '@phloem/protocol';
import type { LeaseStatus } from './link.ts';
import { tell, unsentNews } from './news.ts';
import { expireCommands, sendCommands, unsentCommands } from './outbox.ts';
import { commitEveryMs, deliver, receiveFromHub, noteBeat, noteCommit, startPace, toWait, type Pace } from './pace.ts';
import type { Reader } from './reader.ts';
import { toCommits } from './to-commits.ts';

/** What the commits of a connection need of it. */
export type CommitContext = {
  readonly readers: ReadonlyMap<SubscriptionId, Reader>;
  readonly welcome: Pick<Welcome, 'log' | 'limits'>;
  readonly now: () => number;
  readonly after: (ms: number, task: () => void) => void;
  readonly send: (message: NodeMessage) => void;
  readonly bufferedBytes: () => number;
  /** Asked before each commit: the lease may have ended since the last. */
  readonly leaseNow: () => LeaseStatus;
};

/** What a connection says in return for what it was given. */
export interface Commits {
  /** The hub has granted a subscription that goes on after `from`. */
  start(sub: SubscriptionId, from: Lsn): void;
  end(sub: SubscriptionId): void;
  /** Claims that the subscription lives on this connection. */
  has(sub: SubscriptionId): boolean;
  /** The hub has sent a batch. */
  deliver(sub: SubscriptionId, batch: { readonly last: Lsn; readonly entries: number; readonly bytes: number }): void;
  /** Sends what the reader has said, now or when it is time. `isLast` waits for nothing. */
  flush(reader: Reader, isLast?: boolean): void;
  /** An own heartbeat is about to leave. */
  beat(n: number): void;
  /** The hub's heartbeat has come. Returns what it shows to be lost on the way, either way; null when nothing is. */
  hear(heartbeat: Heartbeat): string | null;
}

/** Bytes on their way above which a bare commit waits. */
const writableBelow = 128 * 1024;

/** What a reader has to say under a term; under none, how far it is and no more. */
const toCargo = (reader: Reader, term: Term | null) =>
  term === null
    ? { commands: [], alarms: [], values: [] }
    : { commands: unsentCommands(reader.outbox, term), alarms: unsentNews(reader.alarms), values: unsentNews(reader.values) };

/** What the commit under way carries is not sent again under this term. */
const markSent = (reader: Reader, term: Term): void => {
  reader.outbox = sendCommands(reader.outbox, term);
  reader.alarms = tell(reader.alarms);
  reader.values = tell(reader.values);
};

/** The commits of one connection, for as long as it lives. */
export const runCommits = ({ readers, welcome, now, after, send, bufferedBytes, leaseNow }: CommitContext): Commits => {
  const paces = new Map<SubscriptionId, Pace>();
  const waiting = new Set<SubscriptionId>();
  let seq = 0;

  const flush = (reader: Reader, isLast = false): void => {
    const { sub } = reader.request;
    const pace = paces.get(sub);
    const committed = reader.committed?.lsn ?? null;
    // A caller may still hold a reader that another has replaced under its name.
    if (pace === undefined || committed === null || readers.get(sub) !== reader) return;
    const at = now();
    const status = leaseNow();
    const term = status.state === 'held' && !reader.isBare ? status.term : null;
    reader.outbox = expireCommands(reader.outbox, at);
    const cargo = toCargo(reader, term);
    const urgency = cargo.commands.length + cargo.alarms.length > 0 ? 'high' : cargo.values.length > 0 ? 'some' : 'none';
    const due = toWait(pace, { cursor: committed, urgency, now: at, limits: welcome.limits });
    if (due === null) return;
    const isBlocked = urgency !== 'high' && bufferedBytes() > writableBelow;
    const wait = isLast ? 0 : isBlocked ? Math.max(due, commitEveryMs) : due;
    if (wait > 0) {
      if (waiting.has(sub)) return;
      waiting.add(sub);
      after(wait, () => {
        waiting.delete(sub);
        // Another reader may have taken the name meanwhile, and relied on this timer for its own commit.
        const current = readers.get(sub);
        if (current !== undefined) flush(current);
      });
      return;
    }
    const cursor = Math.max(committed, pace.sent);
    // Book-keeping first: a hub in the same process answers before `send` returns.
    paces.set(sub, noteCommit(pace, cursor, at));
    if (term !== null) markSent(reader, term);
    for (const part of toCommits(pace.sent, cursor, cargo)) {
      seq += 1;
      send({ event: 'commit', payload: { sub, seq, epoch: welcome.log.epoch, ...(term === null ? {} : { term }), ...part } });
    }
  };

  return {
    start: (sub, from) => {
      paces.set(sub, startPace(from, now()));
    },
    end: (sub) => {
      paces.delete(sub);
    },
    has: (sub) => paces.has(sub),
    deliver: (sub, batch) => {
      const pace = paces.get(sub);
      if (pace !== undefined) paces.set(sub, deliver(pace, batch));
    },
    flush,
    beat: (n) => {
      for (const [sub, pace] of paces) paces.set(sub, noteBeat(pace, n));
    },
    hear: (heartbeat) => {
      for (const [sub, pace] of paces) {
        const heard = receiveFromHub(pace, sub, heartbeat);
        if (heard.lost !== null) return heard.lost;
        paces.set(sub, heard.pace);
      }
      return null;
    },
  };
};
