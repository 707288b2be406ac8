import type { Entry, Epoch } from '@phloem/protocol';
import type { EndedEpoch, FrameLog } from './frame-log.ts';
import type { LogSource } from './log-source.ts';

/** Which stretch of the log is asked for. */
export type LogQuery = { readonly after: number; readonly limit: number };

/** A stretch of the log, with where the log begins and ends. */
export type LogAnswer = {
  readonly epoch: Epoch;
  readonly lineage: readonly EndedEpoch[];
  readonly first: number;
  readonly head: number;
  readonly entries: readonly Entry[];
};

const maxBytes = 4 * 1024 * 1024;

/** The entries after `after`, oldest first, no more than asked for. */
export const toLogAnswer = (log: FrameLog, { after, limit }: LogQuery): LogAnswer => ({
  epoch: log.epoch,
  lineage: log.lineage,
  first: log.first,
  head: log.head,
  entries: log.read(Math.max(after, log.first - 1), { entries: limit, bytes: maxBytes }),
});

/** The same from beside the log's writer, as the bytes of its JSON text. */
export const toLogAnswerBytes = (log: LogSource, { after, limit }: LogQuery): Uint8Array<ArrayBuffer> => {
  const bounds = log.bounds();
  const isAtHead = after >= bounds.head;
  const entries = isAtHead ? [] : log.read(Math.max(after, bounds.first - 1), { entries: limit, bytes: maxBytes }, bounds.first);
  return new TextEncoder().encode(JSON.stringify({ ...bounds, entries } satisfies LogAnswer));
};

/** More entries than this are read beside the hub: to write them out takes longer than a turn of it should. */
export const isLongRead = ({ limit }: LogQuery): boolean => limit > 200;
