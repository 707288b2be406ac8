import type { Lsn, ScopeId } from '@phloem/protocol';

/** How long entries are kept. */
export type RetainLimits = {
  /** By `up`, so that a wall clock that jumps does not empty the log. */
  readonly maxAgeMs: number;
  /** Of the files of sealed segments, and of the text of the other entries, with 64 bytes for each. */
  readonly maxBytes: number;
  /** Numbers after this one are still needed by a reader that keeps its own place; null when there is none. */
  readonly floor: Lsn | null;
};

/** What a log looks like when somebody asks what can go. */
export type LogExtent = {
  readonly first: Lsn;
  readonly head: Lsn;
  /** The newest number that is older than the age limit, or `first - 1`. */
  readonly aged: Lsn;
  /** The number up to which must go to meet the byte limit, or `first - 1`. */
  readonly oversize: Lsn;
  /** Per scope, the newest stored checkpoint; null for a scope that has none yet. */
  readonly checkpoints: readonly { readonly scope: ScopeId; readonly cursor: Lsn | null }[];
};

/** The numbers up to `to` go now; `isForced` when somebody still needed them. Nothing goes when `to < first`. */
export type Cut = { readonly to: Lsn; readonly isForced: boolean; readonly isMore: boolean };

/** At most this many rows are removed in one transaction (3.5 ms at the median on the hub's thread). */
export const rowsPerCut = 4096;

/**
 * Decides what can go: by age only what no scope needs to start from its newest checkpoint; past the byte limit
 * whatever it takes. The newest entry stays in any case.
 */
export function planCut(extent: LogExtent, floor: Lsn | null): Cut {
  const { first, head, aged, oversize, checkpoints } = extent;
  const needed = Math.min(floor ?? head, ...checkpoints.map(({ cursor }) => cursor ?? first - 1));
  const wanted = Math.min(head - 1, Math.max(oversize, Math.min(aged, needed)));
  const to = Math.min(wanted, first - 1 + rowsPerCut);
  return { to, isForced: to >= first && to > needed, isMore: to < wanted };
}

/** Checkpoints that need not be kept: all but the last five of a scope, and the last of each day. */
export function toCheckpointsToDrop<C extends { readonly at: number; readonly cursor: Lsn }>(checkpoints: readonly C[]): readonly C[] {
  const ordered = checkpoints.toSorted((a, b) => a.cursor - b.cursor);
  const lastOfDay = new Map(ordered.map((checkpoint) => [Math.floor(checkpoint.at / 86_400_000), checkpoint]));
  const kept = new Set([...ordered.slice(-5), ...lastOfDay.values()]);
  return ordered.filter((checkpoint) => !kept.has(checkpoint));
}
