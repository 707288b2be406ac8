import type { Lsn } from '@phloem/protocol';

/** What was saved from a damaged database. */
export type Salvaged = {
  /** Where the damaged files are kept; `-wal` stands beside it where there was one. */
  readonly kept: string;
  readonly entries: number;
  /** Numbers between the first and the last saved entry that could not be read; readers get a gap for them. */
  readonly lost: number;
  readonly first: Lsn | null;
  readonly last: Lsn | null;
};
