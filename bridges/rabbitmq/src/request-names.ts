/** The names of the queues and exchanges for requests. */
export type RequestNames = {
  /** The queue of the requests. */
  readonly requests: string;
  /** The exchange for signs of life. */
  readonly alive: string;
  /** The exchange of the outcomes, and the queue that the bridge binds to it. */
  readonly answers: string;
  /** The exchange of the refused requests, and its queue. */
  readonly refused: string;
};

export const toRequestNames = (prefix: string): RequestNames => ({
  requests: `${prefix}.requests`,
  alive: `${prefix}.alive`,
  answers: `${prefix}.answers`,
  refused: `${prefix}.refused`,
});
