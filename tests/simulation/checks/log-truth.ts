import type { FoundRow } from '@phloem/backend';
import type { Entry, EntryDraft, Epoch, HubMessage, Lsn } from '@phloem/protocol';
import type { Witness } from '../engine/witness.ts';
import type { LogRun, Written } from '../parts/watched-disk.ts';

type Row = { readonly transaction: number; readonly epoch: Epoch; readonly entry: Entry };

/** The log as it is on the disk, and every entry that ever was: IN1, IN3, EV6, and what `durable` promises. */
export class LogTruth {
  epoch: Epoch = '';
  readonly #witness: Witness;
  readonly #rows: Row[] = [];
  readonly #ever = new Map<Epoch, Map<Lsn, Entry>>();
  readonly #ends = new Map<Epoch, Lsn>();
  readonly #seen = new WeakSet<Entry>();
  readonly #sent = new Map<Epoch, Lsn>();
  #reportedDurable: Lsn = 0;
  #mustEnd: Epoch | null = null;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  get head(): Lsn {
    return this.#rows.length;
  }

  entries(): readonly Entry[] {
    return this.#rows.map(({ entry }) => entry);
  }

  epochOf(lsn: Lsn): Epoch {
    return this.#rows[lsn - 1]?.epoch ?? this.epoch;
  }

  /** What stood at this position when it was written. */
  everAt(epoch: Epoch, lsn: Lsn): Entry | undefined {
    return this.#ever.get(epoch)?.get(lsn);
  }

  /** Claims that the log never kept, or lost, what stands at this position. */
  isLost(epoch: Epoch, lsn: Lsn): boolean {
    return lsn > (this.#ends.get(epoch) ?? Infinity);
  }

  /** Takes what a transaction wrote; gives its entries. */
  written(transaction: number, { rows, run }: Written): readonly Entry[] {
    if (run !== null) this.#begin(run);
    return rows.map((row) => {
      if (row.lsn !== this.head + 1) this.#witness.fail('IN1', `entry ${row.lsn} was written after ${this.head}`);
      const entry: Entry = { lsn: row.lsn, at: row.at, up: row.up, ...(JSON.parse(row.body) as EntryDraft) };
      const before = this.#rows.at(-1);
      if (before !== undefined && before.entry.up > entry.up) this.#witness.fail('GR', `up went back at entry ${row.lsn}`);
      this.#rows.push({ transaction, epoch: this.epoch, entry });
      const ever = this.#ever.get(this.epoch) ?? new Map<Lsn, Entry>();
      this.#ever.set(this.epoch, ever);
      if (ever.has(row.lsn)) this.#witness.fail('EV2', `${this.epoch}:${row.lsn} was written twice`);
      ever.set(row.lsn, entry);
      this.#witness.note(() => `log: ${row.lsn} ${row.body.slice(0, 230)}`);
      return entry;
    });
  }

  /** What is read from the disk, sealed or not, must be what was written. */
  checkStored(found: readonly FoundRow[]): void {
    this.#rows.forEach(({ entry }, index) => {
      const row = found[index];
      const draft = typeof row?.body === 'string' ? (JSON.parse(row.body) as EntryDraft) : null;
      const read = JSON.stringify({ lsn: row?.lsn, at: row?.at, up: row?.up, ...draft });
      if (read !== JSON.stringify(entry)) this.#witness.fail('EV2', `entry ${entry.lsn} is read from the disk as ${read}`);
    });
    if (found.length > this.head) this.#witness.fail('EV2', `${found.length} entries are on the disk, and ${this.head} were written`);
  }

  lostPower(transactionsLeft: number): void {
    const isSentLost = this.#rows.some(
      ({ transaction, epoch, entry }) => transaction > transactionsLeft && entry.lsn <= (this.#sent.get(epoch) ?? 0),
    );
    while ((this.#rows.at(-1)?.transaction ?? 0) > transactionsLeft) this.#rows.pop();
    if (isSentLost) {
      this.#mustEnd = this.epoch;
      this.#witness.count('epochs that had to end');
    }
    if (this.head < this.#reportedDurable)
      this.#witness.fail('EV4', `entry ${this.#reportedDurable} was told to be durable, and only ${this.head} are left`);
  }

  sent(message: HubMessage): void {
    if (message.event === 'heartbeat' || message.event === 'welcome')
      this.#reportedDurable = Math.max(this.#reportedDurable, message.payload.durable ?? 0);
    if (message.event !== 'entries') return;
    for (const entry of message.payload.entries) {
      const row = this.#rows[entry.lsn - 1];
      if (row === undefined) return this.#witness.fail('IN3', `entry ${entry.lsn} was sent, and is not written`);
      this.#sent.set(row.epoch, Math.max(this.#sent.get(row.epoch) ?? 0, entry.lsn));
      if (this.#seen.has(entry)) continue;
      this.#seen.add(entry);
      if (JSON.stringify(entry) !== JSON.stringify(row.entry))
        this.#witness.fail('IN3', `entry ${entry.lsn} was sent otherwise than it is written`);
    }
  }

  #begin({ epoch, lineage }: LogRun): void {
    if (epoch === this.#mustEnd) this.#witness.fail('EV6', `the epoch ${epoch} goes on, and entries of it that were sent are lost`);
    this.#mustEnd = null;
    this.epoch = epoch;
    for (const ended of lineage) {
      this.#ends.set(ended.epoch, ended.end);
      const [at, after] = [this.#rows[ended.end - 1], this.#rows[ended.end]];
      if ((ended.end > 0 && at === undefined) || after?.epoch === ended.epoch) {
        this.#witness.fail('EV6', `the lineage says that ${ended.epoch} ended at ${ended.end}`);
      }
    }
  }
}
