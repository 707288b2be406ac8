import type { BusTransaction } from '@phloem/protocol';
import type { WatchNews } from '@phloem/reconnect';
import { toRequestKey } from './format-transaction.ts';

/** What is shown of a watch: a transaction, with the last answer to the same request; or a remark. */
export type WatchLine =
  | { readonly kind: 'transaction'; readonly transaction: BusTransaction; readonly before: string | undefined }
  | { readonly kind: 'note'; readonly text: string };

/** Answers that are remembered for marking what changed. */
const maxKeys = 1000;

/** Counts what is shown of a watch, and remembers answers for comparison. `most` ends it after so many; null never does. */
export class WatchTally {
  shown = 0;
  dropped = 0;
  /** Why the hub refuses the watch; null while it does not. */
  refused: string | null = null;
  readonly #most: number | null;
  readonly #last = new Map<string, string>();

  constructor(most: number | null) {
    this.#most = most;
  }

  /** Whether there is more to show. */
  get goesOn(): boolean {
    return this.refused === null && !this.#isFull;
  }

  get #isFull(): boolean {
    return this.#most !== null && this.shown >= this.#most;
  }

  /** Takes in what the hub reports; returns what to show of it. */
  take({ event, payload }: WatchNews): readonly WatchLine[] {
    if (event === 'transactions') return [...this.#takeDropped(payload.dropped), ...payload.items.flatMap((one) => this.#takeOne(one))];
    if (payload.state === 'refused') {
      this.refused = payload.why;
      return [];
    }
    if (payload.state === 'ended') return [{ kind: 'note', text: `the watch has ended: ${payload.why}` }];
    if (payload.load === null) return [];
    return [{ kind: 'note', text: `read five times a second: ${(payload.load * 100).toFixed(1)} % of the bus ${payload.bus}` }];
  }

  #takeDropped(count: number): readonly WatchLine[] {
    this.dropped += count;
    return count > 0 ? [{ kind: 'note', text: `${count} transactions were dropped: there is more traffic than can be shown` }] : [];
  }

  #takeOne(transaction: BusTransaction): readonly WatchLine[] {
    if (this.#isFull) return [];
    this.shown += 1;
    const key = toRequestKey(transaction);
    const before = this.#last.get(key);
    if (transaction.outcome === 'answered') {
      if (this.#last.size > maxKeys) this.#last.clear();
      this.#last.set(key, transaction.received);
    }
    return [{ kind: 'transaction', transaction, before }];
  }
}
