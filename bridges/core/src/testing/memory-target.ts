import { Fault } from '@phloem/protocol';
import { judgePut } from '../judge-put.ts';
import type { BridgeRecord, Place } from '../record.ts';
import type { Target } from '../target.ts';

/** What goes wrong with the next batch: it is kept and its answer lost, refused, or never answered. */
export type MemoryFault = 'lose the answer' | 'refuse' | 'stay silent';

/** A target that keeps its records in memory, on which everything can go wrong. */
export interface MemoryStore {
  readonly records: readonly BridgeRecord[];
  /** How many connections are open. */
  readonly connections: number;
  /** A new connection. */
  connect(): Promise<Target>;
  /** The next batch meets this fault; each fault is met once, in order. */
  plan(fault: MemoryFault): void;
  /** No connection is made while it is down, and those that are there end. */
  setDown(isDown: boolean): void;
  /** Goes back to the first `length` records, as a server without its newest disk writes does. */
  restore(length: number): void;
  /** Another writer appends this. */
  intrude(record: BridgeRecord): void;
}

const toPlace = (record: BridgeRecord | undefined): Place | null =>
  record === undefined ? null : { ordinal: record.ordinal, epoch: record.epoch, lsn: record.lsn };

const unreachable = (why: string): Fault => new Fault('bridge/unreachable', why);

export const createMemoryStore = (): MemoryStore => {
  const faults: MemoryFault[] = [];
  const open = new Set<Connection>();
  let records: readonly BridgeRecord[] = [];
  let isDown = false;

  /** Rejects what is under way when it ends. */
  class Connection implements Target {
    #reject: (why: Fault) => void = () => undefined;
    async position(): Promise<Place | null> {
      this.#check();
      return toPlace(records.at(-1));
    }
    async put(batch: Parameters<Target['put']>[0]): Promise<void> {
      this.#check();
      const fault = faults.shift();
      if (fault === 'refuse') throw new Fault('bridge/refused', 'the memory target refuses by plan');
      if (fault !== 'stay silent') records = [...records, ...judgePut(toPlace(records.at(-1)), batch)];
      if (fault === 'lose the answer') {
        this.end('the connection broke before the answer');
        this.#check();
      }
      if (fault === 'stay silent') {
        await new Promise<never>((_resolve, reject) => {
          this.#reject = reject;
        });
      }
    }
    async close(): Promise<void> {
      this.end('closed');
    }
    end(why: string): void {
      open.delete(this);
      this.#reject(unreachable(why));
    }
    #check(): void {
      if (!open.has(this)) throw unreachable('the connection has ended');
    }
  }

  return {
    get records() {
      return records;
    },
    get connections() {
      return open.size;
    },
    connect: async () => {
      if (isDown) throw unreachable('the memory target is down by plan');
      const connection = new Connection();
      open.add(connection);
      return connection;
    },
    plan: (fault) => void faults.push(fault),
    setDown: (down) => {
      isDown = down;
      if (down) for (const connection of open) connection.end('the memory target went down');
    },
    restore: (length) => {
      records = records.slice(0, length);
    },
    intrude: (record) => {
      records = [...records, record];
    },
  };
};
