import { isFault } from '@phloem/protocol';
import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { CheckpointResult, Checkpointer } from './checkpointer.ts';
import { toStoreFault } from './sqlite-fault.ts';

/** A checkpoint begins after about so many pages have been written; past the limit the hub helps itself. */
const checkpointPages = 1000;
const walPagesLimit = 16_384;
/** How many bytes a page of the database has. */
export const pageBytes = 4096;

/** How the write-ahead log reaches the disk under it. */
export type LogInvariants = {
  readonly fdatasync: (descriptor: number, done: (error: Error | null) => void) => void;
  readonly fdatasyncSync: (descriptor: number) => void;
  readonly createCheckpointer: (path: string, done: (result: CheckpointResult | null) => void) => Checkpointer;
};

/** SQLite's write-ahead log: synced by a descriptor of that file alone, and moved into the database by checkpoints. */
export class WriteAheadLog {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #hands: LogInvariants;
  readonly #file: number;
  readonly #checkpointer: Checkpointer;
  #pages = 0;
  #isClosed = false;
  #syncing = 0;

  constructor(database: DatabaseSync, path: string, hands: LogInvariants) {
    this.#database = database;
    this.#path = path;
    this.#hands = hands;
    this.#file = openSync(`${path}-wal`, 'r+');
    this.#checkpointer = hands.createCheckpointer(path, (result) => {
      // Under constant load the last pages always escape the other thread; moving them here lets the log start over. And a
      // thread that cannot work must not let the log grow for ever.
      if (!this.#isClosed && (result === null || result.pages > walPagesLimit)) this.#move();
    });
  }

  wrote(bytes: number): void {
    this.#pages += bytes / pageBytes;
  }

  /** After each transaction, which writes some pages of its own. */
  committed(): void {
    this.#pages += 3;
    if (this.#pages < checkpointPages) return;
    this.#pages = 0;
    this.#checkpointer.start();
  }

  /** Syncs in Node's thread pool; calls `synced` before the promise resolves. */
  sync(synced: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#syncing += 1;
      this.#hands.fdatasync(this.#file, (error) => {
        this.#syncing -= 1;
        this.#closeFile();
        if (error === null) synced();
        if (error === null) resolve();
        else reject(toStoreFault(error, this.#path));
      });
    });
  }

  syncNow(): void {
    this.#hands.fdatasyncSync(this.#file);
  }

  /** Ends the checkpoints: before the database is closed. */
  stop(): void {
    this.#isClosed = true;
    this.#checkpointer.close();
  }

  /** After the database is closed; the descriptor stays open until the last sync under way has ended. */
  close(): void {
    this.#closeFile();
  }

  #move(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (error) {
      // On a full disk the entries stay in the write-ahead log, where they are safe, and the next checkpoint tries again.
      const fault = toStoreFault(error, this.#path);
      if (!isFault(fault, 'store/full')) throw fault;
    }
  }

  #closeFile(): void {
    if (this.#isClosed && this.#syncing === 0) closeSync(this.#file);
  }
}
