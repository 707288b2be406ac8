import type { Entry, Epoch, SubscriptionId } from '@phloem/protocol';
import type { GateVerdict } from './batch-gate.ts';
import { splitByEpoch, type LogLineage, type Stretch } from './lineage.ts';
import type { Batch } from './link.ts';
import { settleCommands } from './outbox.ts';
import type { ParsedBatch, ReadOtherwise } from './parse-batch.ts';
import type { ReceivedEntry } from './read-entry.ts';
import type { Reader } from './reader.ts';

/** What of a batch the gate lets through. */
export type NewEntries = Extract<GateVerdict<ReceivedEntry>, { verdict: 'deliver' }>;

/**
 * Gives the new entries of a batch to its reader, who is in `epoch`, and moves its cursor. Each epoch is a batch of its own.
 * Returns how many entries are of kinds that this node does not know.
 */
export const deliverBatch = (
  reader: Reader,
  epoch: Epoch,
  { from, last, entries }: NewEntries,
  { batch: { sub }, otherwise }: ParsedBatch,
  log: LogLineage,
): number => {
  let current = epoch;
  let ignored = 0;
  for (const stretch of splitByEpoch(log, from, last, entries)) {
    reader.cursor = { epoch: stretch.epoch, lsn: stretch.last };
    if (stretch.epoch !== current) reader.mailbox.push({ kind: 'epoch', sub, epoch: stretch.epoch, from: stretch.from });
    current = stretch.epoch;
    const delivered = toBatch(sub, stretch, otherwise);
    if (delivered.received !== undefined) ignored += delivered.received.length - delivered.entries.length;
    reader.mailbox.push(delivered);
  }
  return ignored;
};

/** Settles the commands of the reader whose outcomes are among the entries. */
export const settleByEntries = (reader: Reader, entries: readonly ReceivedEntry[]): void => {
  if (reader.outbox.length === 0) return;
  const ids = new Set(entries.flatMap((entry) => (entry.kind === 'device' && typeof entry['id'] === 'string' ? [entry['id']] : [])));
  if (ids.size > 0) reader.outbox = settleCommands(reader.outbox, ids);
};

/** A stretch as its reader gets it: what is read otherwise takes the place of what was received, which comes along. */
const toBatch = (
  sub: SubscriptionId,
  { entries, ...stretch }: Stretch,
  otherwise: ReadOtherwise | undefined,
): Extract<Batch, { kind: 'entries' }> => {
  if (otherwise === undefined || !entries.some(({ lsn }) => otherwise.has(lsn))) {
    return { kind: 'entries', sub, ...stretch, entries: entries as readonly unknown[] as readonly Entry[] };
  }
  const read = entries.map((entry) => (otherwise.has(entry.lsn) ? otherwise.get(entry.lsn) : (entry as unknown as Entry)));
  return { kind: 'entries', sub, ...stretch, entries: read.filter((entry) => entry !== undefined && entry !== null), received: entries };
};
