import type { MoveReason } from './relay.ts';
import type { RelayName } from './machines.ts';

/** When something happened, by the simulator's own clocks. */
export type LedgerTime = {
  /** Milliseconds on a clock that never jumps, from when the simulator was opened. */
  readonly clockMs: number;
  /** Milliseconds of the room's own time, which may run faster. */
  readonly simulatorMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
};

/** What happened: a write came in, a contact moved, the power went. Numbered from 1, without holes. */
export type LedgerEntry = { readonly n: number } & LedgerTime & LedgerFact;

/** The facts that the ledger keeps. */
export type LedgerFact =
  | {
      readonly kind: 'write';
      readonly connection: number;
      readonly transaction: number;
      readonly unit: number;
      readonly function: number;
      readonly address: number;
      /** Bits are 0 or 1, words 0 to 65535; one for a single write. */
      readonly values: readonly number[];
      /** `unheard`: the unit is silent or not there, and nothing was done. */
      readonly outcome: 'done' | 'refused' | 'unheard';
      readonly exception: number | null;
    }
  | {
      readonly kind: 'contact';
      readonly unit: number;
      readonly address: number;
      readonly relay: RelayName;
      readonly closed: boolean;
      readonly why: MoveReason;
      /** The number of the write that moved it. */
      readonly cause: number | null;
    }
  | { readonly kind: 'power'; readonly units: readonly number[] };

/** The newest entries, as many as memory should hold. */
export type Ledger = {
  /** Keeps a fact and gives it its number. */
  append(time: LedgerTime, fact: LedgerFact): LedgerEntry;
  /** The entries after number `n` that are still held, oldest first. */
  after(n: number): readonly LedgerEntry[];
  /** The number of the newest entry, 0 when there is none. */
  last(): number;
};

/** A ledger that holds `limit` entries and forgets the oldest beyond. */
export const createLedger = (limit = 1_000_000): Ledger => {
  let entries: LedgerEntry[] = [];
  let last = 0;
  return {
    append(time, fact) {
      last += 1;
      const entry = { n: last, ...time, ...fact };
      entries.push(entry);
      // Cutting a tenth at a time: shifting a million entries at each write would be slow.
      if (entries.length > limit * 1.1) entries = entries.slice(-limit);
      return entry;
    },
    after(n) {
      const first = entries[0]?.n ?? last + 1;
      return entries.slice(Math.max(0, n + 1 - first));
    },
    last: () => last,
  };
};
