/** One connection to a database. Anything that it rejects with is a Fault of a bridge, or a mistake of the code. */
export interface SqlSession {
  query<Row extends object>(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Ends the connection at once; what is under way rejects. */
  close(): Promise<void>;
}

/** What statements are given. Parameters stand in the order of the text, so that every engine can bind them. */
export type SqlValue = string | number | null;
