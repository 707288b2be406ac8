import type { HubClock } from '../log/hub-clock.ts';
import type {
  Author,
  AlarmStatus,
  BundleRevision,
  CursorName,
  DeviceId,
  DeviceValue,
  DocumentHash,
  Entry,
  EntryDraft,
  Epoch,
  IngestOutcome,
  Lsn,
  NodeId,
  Phase,
  Position,
  Reason,
  ScopeId,
  SensorEntry,
  SetpointName,
  SourceId,
  Term,
} from '@phloem/protocol';
import type { BusPause } from '../field/bus-diagnostics.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { RetainLimits } from '../log/retention.ts';
import type { Observable } from 'rxjs';

/** An accepted command: what was asked, and how far it came. `end` is null while it has not ended. */
export type CommandRecord = {
  readonly id: string;
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly op: 'set' | 'momentary';
  readonly by: Author;
  readonly why: Reason;
  readonly cause: Position;
  readonly term: Term | null;
  readonly scope: ScopeId | null;
  /** The entry that accepted it. */
  readonly accepted: Position;
  /** `requested` until INTENT is stored, then `intent`, then its end. */
  readonly stage: 'requested' | 'held' | 'intent' | 'ended';
  readonly end: Extract<Phase, 'confirmed' | 'superseded' | 'cancelled' | 'failed' | 'unknown'> | null;
};

/** What the rule engine was after an entry, so that nobody has to begin at the first. */
export type StoredCheckpoint = {
  readonly scope: ScopeId;
  readonly epoch: Epoch;
  readonly cursor: Lsn;
  readonly at: number;
  readonly bundle: DocumentHash;
  readonly site: DocumentHash;
  readonly engine: string;
  readonly hash: string;
  readonly state: string;
};

/** What a source has sent: its last number, where its sender stood then, and what came of its newest messages. */
export type SourceRecord = {
  readonly seq: number;
  readonly position: string | null;
  readonly recent: readonly { readonly seq: number; readonly hash: DocumentHash; readonly outcome: IngestOutcome }[];
};

/** A cursor that the hub keeps for a node; `committedAt` is by the wall clock. */
export type NamedCursor = Position & { readonly name: CursorName; readonly node: NodeId; readonly committedAt: number };

/** An offset that is over: how far it moved a set-point, and from when to when by the wall clock. */
export type PastOffset = { readonly setpoint: SetpointName; readonly delta: number; readonly from: number; readonly to: number };

/** What the alarms of documents remember over a restart. */
export type AlarmWatchText = {
  readonly lsn: Lsn;
  readonly site: string;
  readonly bundles: readonly { readonly scope: ScopeId; readonly hash: DocumentHash; readonly state: string | null }[];
};

/** How things stood as of the entry `lsn`: the newest entries about what lasts, however old they are. */
export type StoredSnapshot = {
  readonly lsn: Lsn;
  readonly entries: readonly Entry[];
  /** The alarms that are not over, as they stand; an older version kept none. */
  readonly alarms?: readonly AlarmStatus[];
  /** Offsets on set-points that are over; an older version kept none. */
  readonly pastOffsets?: readonly PastOffset[];
  /** By point, the newest entry that reports its running total; an older version kept none. */
  readonly totals?: readonly SensorEntry[];
  /** What the alarms of documents remember; an older version kept none. */
  readonly watching?: AlarmWatchText;
  /** The pauses that units were found to need between requests; an older version kept none. */
  readonly pauses?: readonly BusPause[];
};

/** What a call of `retain` removed. */
export type Retained = {
  readonly cut: { readonly from: Lsn; readonly to: Lsn } | null;
  readonly isMore: boolean;
  readonly alarm: Extract<EntryDraft, { kind: 'alarm' }> | null;
};

/**
 * All that the hub must not lose: log, committed cursors, commands, terms, documents, checkpoints. One contract
 * suite holds every implementation. Calls are synchronous; nothing here waits for a disk but `sync`.
 */
export interface HubStore {
  readonly log: FrameLog;
  /** The clocks by which entries are dated; `up` goes on from where the log's last run stopped. */
  readonly clock: HubClock;
  /** Runs `work`; what it stores, appended entries included, is kept whole or not at all. Not re-entrant. */
  transact<T>(work: () => T): T;
  readonly cursors: {
    get(scope: ScopeId): Position | null;
    set(scope: ScopeId, cursor: Position): void;
  };
  readonly terms: {
    /** The highest term ever granted; 0 before the first. One counter serves all scopes. */
    readonly last: number;
    /** The next term, stored before it is returned. */
    raise(): Term;
  };
  readonly commands: {
    get(id: string): CommandRecord | null;
    put(record: CommandRecord): void;
    /** Those that have not ended, oldest first. */
    open(): readonly CommandRecord[];
  };
  /** How far each source of readings has come, by its name. */
  readonly sources: {
    get(source: SourceId): SourceRecord | null;
    put(source: SourceId, record: SourceRecord): void;
  };
  /** The cursors that nodes have named. */
  readonly namedCursors: {
    get(name: CursorName): NamedCursor | null;
    /** By name. */
    list(): readonly NamedCursor[];
    put(cursor: NamedCursor): void;
    remove(name: CursorName): void;
  };
  readonly documents: {
    get(hash: DocumentHash): string | null;
    /** Keeps a canonical JSON text under its hash; the same text twice is kept once. */
    put(hash: DocumentHash, text: string): void;
  };
  /** The bundles that were activated, by scope; oldest first, the newest 1,000. */
  readonly revisions: {
    list(scope: ScopeId): readonly BundleRevision[];
    put(scope: ScopeId, revision: BundleRevision): void;
  };
  /** What the notifications remember, as one text; null before the first. */
  readonly notifications: { get(): string | null; put(state: string): void };
  readonly checkpoints: {
    newest(scope: ScopeId): StoredCheckpoint | null;
    list(scope: ScopeId): readonly StoredCheckpoint[];
    put(checkpoint: StoredCheckpoint): void;
  };
  readonly standing: {
    /** Null when none was stored yet, or when it speaks of more than the log holds. */
    get(): StoredSnapshot | null;
    put(standing: StoredSnapshot): void;
  };
  /**
   * Removes what has been kept long enough, a slice at a call; call again at once while `isMore`. By age nothing goes
   * that a scope needs to start from its newest checkpoint; past the byte limit it goes all the same, with a `gap`
   * entry and an alarm for the caller to raise.
   */
  retain(limits: RetainLimits): Retained;
  /** How old the entry after `lsn` is, and how many bytes the log holds from there on; null where there is none. */
  behind(lsn: Lsn): { readonly ageMs: number; readonly bytes: number } | null;
  /** How large the log is, counted as `RetainLimits.maxBytes` is, and how much more its file can take without growing. */
  size(): { readonly bytes: number; readonly spare: number };
  /** What is sealed: its bytes, and over how much time of the log; null when nothing is. */
  sealed(): { readonly bytes: number; readonly ms: number } | null;
  /** The lsn up to which everything survives a power cut. */
  readonly durable: Lsn;
  /** Emits `durable` whenever it has moved. Does not replay. */
  readonly durable$: Observable<Lsn>;
  /** Resolves with `durable` once all that was stored before the call is on disk. Calls in flight are batched. */
  sync(): Promise<Lsn>;
  close(): void;
}
