import type { Entry, Lsn } from '@phloem/protocol';
import type { Batch as HubBatch } from '@phloem/reconnect';

type Cursor = { readonly epoch: string; readonly lsn: Lsn };

/** A hub with its log, and a link to it as `@phloem/reconnect` is one. */
export class HubSide {
  readonly #upTo: 'durable' | 'immediate';
  readonly #receive: (batch: HubBatch) => void;
  readonly #lineage: { readonly epoch: string; readonly end: Lsn }[] = [];
  #log: readonly { readonly epoch: string; readonly entry: Entry }[] = [];
  #epoch = 'epoch0000000';
  #generation = 0;
  #durable = 0;
  #cursor: Cursor | null = null;

  constructor(upTo: 'durable' | 'immediate', receive: (batch: HubBatch) => void) {
    this.#upTo = upTo;
    this.#receive = receive;
  }

  get entries(): readonly Entry[] {
    return this.#log.map(({ entry }) => entry);
  }

  get head(): Cursor {
    return { epoch: this.#epoch, lsn: this.#log.length };
  }

  append(count: number): void {
    const entry = (index: number): Entry => ({ lsn: this.#log.length + index + 1, at: this.#generation, up: 1, kind: 'pulse' });
    this.#log = [...this.#log, ...Array.from({ length: count }, (_, index) => ({ epoch: this.#epoch, entry: entry(index) }))];
  }

  sync(): void {
    this.#durable = this.#log.length;
  }

  leave(): void {
    this.#cursor = null;
  }

  subscribe(wanted: Cursor): void {
    if (wanted.epoch === '000000000000') {
      const epoch = this.#epochAt(1);
      this.#cursor = { epoch, lsn: 0 };
      return this.#receive({ kind: 'lost', sub: 'b', epoch, from: 0, lost: [0, 0], why: 'unknown-epoch' });
    }
    const known = this.#lineage.find(({ epoch }) => epoch === wanted.epoch)?.end ?? 0;
    const end = wanted.epoch === this.#epoch ? this.#log.length : known;
    const cursor = { epoch: wanted.epoch, lsn: Math.min(wanted.lsn, end) };
    this.#cursor = cursor;
    if (wanted.lsn <= end) return undefined;
    const { epoch, lsn: from } = cursor;
    return this.#receive({ kind: 'lost', sub: 'b', epoch, from, lost: [end + 1, wanted.lsn], why: 'truncated' });
  }

  send(size: number): void {
    // A hub sends no more than it was asked for.
    const sendable = this.#upTo === 'durable' ? Math.min(this.#durable, this.#log.length) : this.#log.length;
    const cursor = this.#cursor;
    if (cursor === null || cursor.lsn >= sendable) return;
    const from = cursor.lsn;
    const epoch = this.#epochAt(from + 1);
    if (epoch !== cursor.epoch) {
      this.#cursor = { epoch, lsn: from };
      this.#receive({ kind: 'epoch', sub: 'b', epoch, from });
    }
    const part = this.#log.slice(from, Math.min(sendable, from + size)).filter((item) => item.epoch === epoch);
    const last = from + part.length;
    this.#cursor = { epoch, lsn: last };
    this.#receive({ kind: 'entries', sub: 'b', epoch, from, last, entries: part.map(({ entry }) => entry) });
  }

  powerCut(): void {
    this.#generation += 1;
    const durable = this.#upTo === 'durable' ? this.#durable : 0;
    const end = Math.max(this.#lineage.at(-1)?.end ?? 0, durable, this.#log.length - 30);
    this.#lineage.push({ epoch: this.#epoch, end });
    this.#epoch = `epoch${String(this.#generation).padStart(7, '0')}`;
    this.#log = this.#log.slice(0, end);
    this.#durable = end;
    if (this.#cursor !== null) this.subscribe(this.#cursor);
  }

  #epochAt(lsn: Lsn): string {
    return this.#log[lsn - 1]?.epoch ?? this.#epoch;
  }
}
