import type { Entry, Epoch } from '@phloem/protocol';
import type { EndedEpoch, FrameLog } from '../log/frame-log.ts';

/** A stretch of the log, with where the log begins and ends. */
export type LogAnswer = {
  readonly epoch: Epoch;
  readonly lineage: readonly EndedEpoch[];
  readonly first: number;
  readonly head: number;
  readonly entries: readonly Entry[];
};

const mostBytes = 4 * 1024 * 1024;

/** The entries after `after`, oldest first, no more than asked for. */
export const toLogAnswer = (log: FrameLog, { after, limit }: { readonly after: number; readonly limit: number }): LogAnswer => ({
  epoch: log.epoch,
  lineage: log.lineage,
  first: log.first,
  head: log.head,
  entries: log.read(Math.max(after, log.first - 1), { entries: limit, bytes: mostBytes }),
});
