import type { BundleEntry, Entry, Epoch, Lsn, NodeId, SiteEntry, Term } from '@phloem/protocol';
import type { EntryBatch } from '../step-batch.ts';
import { bundleHash, siteHash } from './toy-plan.ts';

export const epoch: Epoch = 'epochAepochA';

const stamp = (lsn: Lsn) => ({ lsn, at: 1_800_000_000_000 + lsn * 1000, up: lsn * 1000 });

export const pulse = (lsn: Lsn): Entry => ({ ...stamp(lsn), kind: 'pulse' });
export const site = (lsn: Lsn, hash = siteHash): SiteEntry => ({ ...stamp(lsn), kind: 'site', hash, revision: 1 });
export const bundle = (lsn: Lsn, limit: number, more: Partial<BundleEntry> = {}): BundleEntry => ({
  ...stamp(lsn),
  kind: 'bundle',
  scope: 'room',
  hash: bundleHash(limit),
  revision: 1,
  mode: 'live',
  ...more,
});
export const lease = (lsn: Lsn, term: Term, holder: NodeId | null): Entry => ({
  ...stamp(lsn),
  kind: 'lease',
  scope: 'room',
  term,
  holder,
});
export const reading = (lsn: Lsn, temperature: number): Entry => ({
  ...stamp(lsn),
  kind: 'sensor',
  location: 'room',
  cluster: 'front',
  readings: { temperature: { v: temperature, q: 'good' } },
});

/** Entries in a row as the link delivers them. */
export const batchOf = (...entries: readonly Entry[]): EntryBatch => {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new Error('a batch of nothing');
  return { kind: 'entries', sub: 'log', epoch, from: first.lsn - 1, last: last.lsn, entries };
};
