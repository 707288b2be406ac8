/** The transaction ids of a bus, over all its connections. */
export type TransactionIds = {
  /** The newest id. */
  readonly current: () => number;
  /** Gives the next id out: 1 to 65535, then 1 again. Some units always name 0. */
  readonly next: () => number;
  /** Claims that an id was given out lately: an answer to it is late rather than wrong. */
  readonly isRecent: (id: number) => boolean;
};

const last = 0xffff;
const recent = 1_000;

/** Begins with no id given out. */
export const createTransactionIds = (): TransactionIds => {
  let current = 0;
  return {
    current: () => current,
    next: () => {
      current = (current % last) + 1;
      return current;
    },
    isRecent: (id) => id !== 0 && ((current - id) & last) < recent,
  };
};
