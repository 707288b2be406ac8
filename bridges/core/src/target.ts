import type { Batch, Place } from './record.ts';

/**
 * What a target says of itself: the newest record that it holds, null when it holds none. One that cannot say gets each record at
 * least once, from the cursor that the hub keeps.
 */
export type TargetPosition = Place | null | 'unknown';

/**
 * The foreign side of a bridge, over one connection. Whatever fails ends it: the bridge closes it and opens a new one.
 *
 * A target rejects with a Fault: `bridge/unreachable` when there is no connection or no answer, `bridge/refused` when the server
 * refuses, `bridge/moved` when the target no longer ends where the batch begins, `bridge/fenced` when another writer has gone on.
 */
export interface Target {
  /** The newest record that the target holds. */
  position(): Promise<TargetPosition>;
  /**
   * Appends a batch. Resolved: all of it is there, once each, however often it was sent. Rejected: the target holds its first records,
   * none of them, or all of them.
   *
   * @throws Fault `bridge/unreachable`, `bridge/refused`, `bridge/moved` or `bridge/fenced`.
   */
  put(batch: Batch): Promise<void>;
  /** Ends the connection at once; what is under way rejects. */
  close(): Promise<void>;
}

/** Opens a new connection to the target. Never one that reconnects by itself. */
export type OpenTarget = () => Promise<Target>;
