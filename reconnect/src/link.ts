import type {
  AlarmReport,
  Bye,
  Changes,
  Committed,
  DeviceStateFrame,
  Entry,
  Epoch,
  Lsn,
  NamedSubscriptionRequest,
  NodeId,
  NodeMessage,
  Role,
  RunId,
  ScopeId,
  Snapshot,
  SubscriptionId,
  Term,
  Transactions,
  ValueReport,
  Watching,
  WatchRequest,
  Welcome,
} from '@phloem/protocol';
import type { Observable, SchedulerLike } from 'rxjs';
import type { ReceivedEntry } from './read-entry.ts';
import type { Transport } from './transport.ts';

/**
 * Where a link stands: `dialing` until the connection is open, `greeting` until the hub's welcome, `ready` while
 * messages flow, `resting` between two attempts, `closed` for good.
 */
export type LinkPhase = 'dialing' | 'greeting' | 'ready' | 'resting' | 'closed';

/** The hub's clocks as seen from here, for display only: hub time = `clock.now()` + offset. */
export type HubClock = {
  /** Add it to the link's clock to get the hub's wall time (`at`), in milliseconds since 1970. */
  readonly atOffsetMs: number;
  /** Add it to the link's clock to get the hub's running time (`up`), in milliseconds. */
  readonly upOffsetMs: number;
};

/** All that can be said of a link at one moment. Times ending in `At` are readings of the link's own clock. */
export type LinkStatus = {
  readonly phase: LinkPhase;
  /** Counts the connections of this run; the first is 1. */
  readonly attempt: number;
  /** Since when the link is in this phase. */
  readonly sinceAt: number;
  /** When the next attempt begins; null unless resting. */
  readonly retryAt: number | null;
  /** Why the last connection ended; null before the first end. */
  readonly why: string | null;
  /** The hub's last farewell; null when the newest connection ended, or goes on, without one. */
  readonly bye: Bye | null;
  /** The newest welcome. While not `ready` it is that of the connection before. */
  readonly welcome: Welcome | null;
  /** The smallest round trip of the last 16 echoes. */
  readonly roundTripMs: number | null;
  readonly hubClock: HubClock | null;
  /** The newest entry of the log that the hub has reported. */
  readonly head: Lsn | null;
  /** Up to which entry the log is known to be on disk. */
  readonly durable: Lsn | null;
  readonly committed: Committed | null;
  /** When anything last came in from the hub. */
  readonly lastReceivedAt: number | null;
  /** How many messages were left aside, because their event is not known here or does not belong here. */
  readonly ignored: number;
  /** How many entries were left out because this version does not know their kind, or what they say. */
  readonly ignoredEntries: number;
};

/** What comes of an `every` subscription, in order: entries, and word of what cannot be had or of a new epoch. */
export type Batch =
  | {
      readonly kind: 'entries';
      readonly sub: SubscriptionId;
      readonly epoch: Epoch;
      /** The number after which this batch goes on. */
      readonly from: Lsn;
      /** The last number that this batch covers, entries that the filter left out included. */
      readonly last: Lsn;
      readonly entries: readonly Entry[];
      /**
       * All entries exactly as the hub sent them, where `entries` leaves some out or reads some otherwise because they are of a
       * later version. Who passes entries on passes these on.
       */
      readonly received?: readonly ReceivedEntry[];
    }
  /**
   * Numbers that will not come. `truncated` says that entries up to `lost[1]` were received and are no part of the
   * hub's log any more: what was derived from those after `from` must be thrown away.
   */
  | {
      readonly kind: 'lost';
      readonly sub: SubscriptionId;
      readonly epoch: Epoch;
      readonly from: Lsn;
      readonly lost: readonly [Lsn, Lsn];
      readonly why: 'expired' | 'truncated' | 'unknown-epoch' | 'new';
    }
  /** What follows belongs to another epoch; no number is missing. */
  | { readonly kind: 'epoch'; readonly sub: SubscriptionId; readonly epoch: Epoch; readonly from: Lsn };

/** What comes of a `latest` subscription: a snapshot first, again after each cut, then what changed. */
export type View = { readonly event: 'snapshot'; readonly payload: Snapshot } | { readonly event: 'changes'; readonly payload: Changes };

/** What comes of a raw watch: how it stands, and what has happened on the bus. */
export type WatchNews =
  | { readonly event: 'watching'; readonly payload: Watching }
  | { readonly event: 'transactions'; readonly payload: Transactions };

/** The right to command, as the holder may believe in it. `untilAt` is a reading of the link's own clock. */
export type LeaseStatus =
  | { readonly state: 'none' }
  | { readonly state: 'waiting'; readonly scope: ScopeId; readonly holder: NodeId | null }
  | { readonly state: 'held'; readonly scope: ScopeId; readonly term: Term; readonly untilAt: number };

/** How far the reader of an `every` subscription has come, and what came of it. */
export type Progress = {
  readonly sub: SubscriptionId;
  readonly epoch: Epoch;
  readonly cursor: Lsn;
  /**
   * The term under which the commands were decided, as the log's newest `lease` entry says; null when that names
   * somebody else or nobody, and so nothing of it may be sent. Word of a grant may come by the log before it comes by
   * itself: commands wait a moment for it.
   */
  readonly term: Term | null;
  /** The reader has nothing to command with: moves only the window, and claims no progress of the scope. */
  readonly isBare?: boolean;
  readonly commands: readonly DeviceStateFrame[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
};

/** What a link is made of. */
export type LinkOptions = {
  readonly transport: Transport;
  /** Timers and `now()`, which must never be set back: `monotonicClock`, or a virtual one. */
  readonly clock: SchedulerLike;
  /** Evenly distributed in [0, 1). */
  readonly random: () => number;
  readonly nodeId: NodeId;
  readonly run: RunId;
  readonly role: Role;
  readonly token?: string;
  readonly software: string;
  /** Those with a `name` or with `upTo` need a hub of phloem/1.1; the link closes with `version` where it is older. */
  readonly subscriptions: readonly NamedSubscriptionRequest[];
  readonly lease?: { readonly scope: ScopeId };
  /** `control` gives up and comes back faster. Default: `control` for the role `automation`, else `browser`. */
  readonly profile?: 'control' | 'browser';
  /**
   * Who says that entries have been worked off: the reader by `commit` (default when the role is `automation`), or
   * the link by itself as soon as a subscriber of `batches$` has been given them (default for all others).
   */
  readonly commits?: 'by-reader' | 'on-delivery';
};

/** What the hub answers to a node of the role `ingest`, not yet read. */
export type SourceAnswer = { readonly event: 'attached' | 'ingested'; readonly payload: unknown };

/** What a sender needs of its link. */
export interface SourceChannel {
  readonly answers$: Observable<SourceAnswer>;
  /** Hands a message to the connection; does nothing while there is none. */
  send(message: NodeMessage): void;
  /** An answer cannot be believed: ends the connection, to dial again. */
  drop(why: string): void;
}

/** One link to a hub that is kept alive. It dials when it is opened and goes on until `close`. */
export interface Link {
  /** How the link stands; begins with the newest status. */
  readonly status$: Observable<LinkStatus>;
  /**
   * What comes of an `every` subscription, each entry exactly once and in order, cuts or not. What comes before
   * anybody has subscribed is kept; for one reader (share it for more).
   */
  batches$(sub: SubscriptionId): Observable<Batch>;
  /** What comes of a `latest` subscription; begins with the last snapshot when there is one. */
  latest$(sub: SubscriptionId): Observable<View>;
  /** Whether this node may command; begins with the newest. */
  readonly lease$: Observable<LeaseStatus>;
  /**
   * Reports to the hub how far the reader is. Commands, alarms and values travel only while the lease is held. Commands of no
   * term, or of an older one than is held, are dropped; of alarms and values the newest are kept for the next grant.
   */
  commit(progress: Progress): void;
  /** Adds a subscription, now and after each cut. One that exists under this name is replaced. */
  subscribe(request: NamedSubscriptionRequest): void;
  /** Ends a subscription; its Observables complete. */
  unsubscribe(sub: SubscriptionId): void;
  /**
   * Watches what happens on a bus while it is subscribed to: asks again after each cut, and every half minute, so that
   * the hub’s two minutes never end by themselves. Never errors; a watch that is refused emits the refusal and stays open.
   */
  watch$(request: WatchRequest): Observable<WatchNews>;
  /** How the senders of sources reach the hub; see `openSender`. */
  readonly sources: SourceChannel;
  /** Asks for a lease from now on, also for one that was lost. It travels in the greeting, so an open connection is made again. */
  requestLease(scope: ScopeId): void;
  /** Sends what waits, ends the connection, completes all Observables. Resolves when it is done. */
  close(): Promise<void>;
}
