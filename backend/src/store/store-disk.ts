import type { CursorName, DocumentHash, Lsn, Position, ScopeId, SourceId } from '@phloem/protocol';
import type { FoundRow, StoredRow } from '../log/decode-rows.ts';
import type { CommandRecord, NamedCursor, SourceRecord, StoredCheckpoint } from './hub-store.ts';

/** A checkpoint without its state. */
export type CheckpointHeader = Omit<StoredCheckpoint, 'state'>;

/** A place in the log: a number, and the running time and the offset there. */
export type LogMark = Pick<StoredRow, 'lsn' | 'up' | 'offset'>;

/** Where a sealed segment ends, and how many bytes its file has. */
export type SealedMark = LogMark & { readonly bytes: number };

/**
 * What a disk of the store must be able to do: the tables and nothing else. Numbering, epochs, the ring and all
 * other rules are above it, the same for memory and SQLite. All calls are synchronous but `sync`.
 */
export interface StoreDisk {
  /** Identifies the file that holds the data; a copy of it has another. Null where the file system does not know. */
  readonly file: string | null;
  /** Bytes inside the file that are not used: so much can be stored while the file does not grow. */
  spare(): number;
  /** Runs `work`; what it changes is kept whole or not at all. After it, the end of the process loses none of it. */
  transact<T>(work: () => T): T;
  readonly entries: {
    /** The oldest and newest numbers; null when there are none. */
    bounds(): { readonly first: Lsn; readonly last: Lsn } | null;
    append(row: StoredRow): void;
    /** The rows after `after`, oldest first, at most `count`, and no more than `bytes` of text past the first. */
    read(after: Lsn, count: number, bytes: number): readonly FoundRow[];
    /** Removes the rows up to and including `to`. */
    cut(to: Lsn): void;
    /** Where each sealed segment ends, oldest first; entries after the last of them are rows. */
    marks(): readonly SealedMark[];
    /** The entry after `lsn`; of a sealed one, the beginning of its segment. Null where there is none. */
    near(lsn: Lsn): LogMark | null;
  };
  /** Single values: the last run, the highest term. */
  readonly facts: { get(name: string): string | null; set(name: string, text: string): void };
  readonly cursors: {
    get(scope: ScopeId): Position | null;
    set(scope: ScopeId, cursor: Position): void;
    scopes(): readonly ScopeId[];
  };
  readonly commands: {
    get(id: string): CommandRecord | null;
    put(record: CommandRecord): void;
    /** Those that have not ended, in the order in which they were accepted. */
    open(): readonly CommandRecord[];
    /** Removes those that have ended and were accepted by an entry up to `to`. */
    forget(to: Lsn): void;
  };
  readonly sources: { get(source: SourceId): SourceRecord | null; put(source: SourceId, record: SourceRecord): void };
  readonly namedCursors: {
    get(name: CursorName): NamedCursor | null;
    list(): readonly NamedCursor[];
    put(cursor: NamedCursor): void;
    remove(name: CursorName): void;
  };
  readonly documents: { get(hash: DocumentHash): string | null; put(hash: DocumentHash, text: string): void };
  readonly checkpoints: {
    put(checkpoint: StoredCheckpoint): void;
    /** All of them, without their states, by cursor. */
    headers(): readonly CheckpointHeader[];
    get(scope: ScopeId, cursor: Lsn): StoredCheckpoint | null;
    remove(scope: ScopeId, cursor: Lsn): void;
  };
  /** How far readers may have seen the log; kept beside the data, so that a loss in the data shows against it. */
  readonly seen: { get(): Position | null; set(position: Position): void };
  /** Resolves when all that was stored before the call survives a power cut. */
  sync(): Promise<void>;
  /** The same, and waits for it: for the few things that may not even be heard of before. */
  syncNow(): void;
  close(): void;
}
