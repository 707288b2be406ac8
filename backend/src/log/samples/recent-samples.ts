import type { Lsn, PointId, Quality } from '@phloem/protocol';
import type { ReadLimit } from '../frame-log.ts';
import type { LogEntries } from '../log-entries.ts';
import { toSamples, type LoggedSample } from './entry-samples.ts';

const slice: ReadLimit = { entries: 4096, bytes: 2 * 1024 * 1024 };

/**
 * The samples of the entries that are not sealed, by point. They are read from the log when somebody asks, and from then on only what
 * is new.
 */
export class RecentSamples {
  readonly #log: LogEntries;
  #points = new Map<PointId, SampleColumns>();
  /** Entries up to `#after` are not held, those up to `#head` are. */
  #after: Lsn | null = null;
  #head: Lsn = 0;

  constructor(log: LogEntries) {
    this.#log = log;
  }

  /** Holds all samples after `sealed`, and no others. */
  catchUp(sealed: Lsn): void {
    if (this.#after === null || sealed > this.#head) {
      this.release();
      this.#head = sealed;
    } else if (sealed > this.#after) {
      for (const [point, columns] of this.#points) {
        columns.dropUpTo(sealed);
        if (columns.count === 0) this.#points.delete(point);
      }
    }
    this.#after = sealed;
    const { first, head } = this.#log.bounds();
    while (this.#head < head) {
      const entries = this.#log.read(Math.max(this.#head, first - 1), slice, first);
      const last = entries.at(-1);
      if (last === undefined) return;
      for (const entry of entries) for (const sample of toSamples(entry)) this.#columnsOf(sample.point).push(sample);
      this.#head = last.lsn;
    }
  }

  /** The samples of a point from this entry on, in the order of the log. */
  read(point: PointId, first: Lsn): LoggedSample[] {
    return this.#points.get(point)?.read(first) ?? [];
  }

  release(): void {
    this.#points = new Map();
    this.#after = null;
    this.#head = 0;
  }

  #columnsOf(point: PointId): SampleColumns {
    const known = this.#points.get(point);
    if (known !== undefined) return known;
    const added = new SampleColumns();
    this.#points.set(point, added);
    return added;
  }
}

const qualities: readonly Quality[] = ['good', 'uncertain', 'stale', 'bad', 'maintenance', 'simulated'];

/** Samples as numbers side by side: a tenth of what they take as objects. */
class SampleColumns {
  #numbers = new Float64Array(96);
  #qualities = new Uint8Array(32);
  count = 0;

  push({ at, lsn, v, q }: LoggedSample): void {
    if (this.count === this.#qualities.length) this.#grow();
    this.#numbers[this.count * 3] = at;
    this.#numbers[this.count * 3 + 1] = lsn;
    this.#numbers[this.count * 3 + 2] = v ?? Number.NaN;
    this.#qualities[this.count] = qualities.indexOf(q);
    this.count += 1;
  }

  read(first: Lsn): LoggedSample[] {
    const found: LoggedSample[] = [];
    for (let index = this.#find(first); index < this.count; index += 1) {
      const [at, lsn, v] = this.#numbers.subarray(index * 3, index * 3 + 3);
      const q = qualities[this.#qualities[index] ?? 0] ?? 'bad';
      found.push({ at: at ?? 0, lsn: lsn ?? 0, v: v === undefined || Number.isNaN(v) ? null : v, q });
    }
    return found;
  }

  dropUpTo(lsn: Lsn): void {
    const from = this.#find(lsn + 1);
    this.#numbers = this.#numbers.slice(from * 3, this.count * 3);
    this.#qualities = this.#qualities.slice(from, this.count);
    this.count -= from;
  }

  /** Where the samples of this entry and of later ones begin. */
  #find(lsn: Lsn): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle * 3 + 1] ?? 0) < lsn) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const size = Math.max(32, this.count * 2);
    const [numbers, codes] = [new Float64Array(size * 3), new Uint8Array(size)];
    numbers.set(this.#numbers);
    codes.set(this.#qualities);
    [this.#numbers, this.#qualities] = [numbers, codes];
  }
}
