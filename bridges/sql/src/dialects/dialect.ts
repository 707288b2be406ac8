/**
 * What a bridge says to one kind of database, for tables of one schema or prefix. The lists of rows are JSON texts, so that a batch is a
 * few statements of a fixed text whatever its size.
 */
export type Dialect = {
  /** Begins a transaction that may write. */
  readonly begin: string;
  /** Creates the tables that are missing, one statement each. Safe to run again. */
  readonly prepare: readonly string[];
  /** Makes the row of a bridge: its name. */
  readonly claim: string;
  /** Where a bridge ends: its name. */
  readonly readEnd: string;
  /** The same, and nobody else moves it until the transaction ends. */
  readonly lockEnd: string;
  /** ordinal, epoch, lsn, name of the bridge. */
  readonly moveEnd: string;
  /** Name of the bridge, rows. */
  readonly records: string;
  readonly readings: string;
  readonly devices: string;
  /** Name of the bridge, ordinal, lsn: deletes what lies past `lsn` in earlier epochs. */
  readonly voids: readonly string[];
};

/** A name that needs no quotes in SQL. */
export const isPlainName = (name: string): boolean => /^[a-z][a-z0-9_]{0,62}$/.test(name);
