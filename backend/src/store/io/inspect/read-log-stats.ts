import type { Epoch, Lsn } from '@phloem/protocol';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openInspection } from './open-inspection.ts';

/** How large a log is, and how far back it goes. Times are wall times, null for an empty log. */
export type LogStats = {
  readonly epoch: Epoch;
  readonly first: Lsn;
  readonly head: Lsn;
  readonly fromAt: number | null;
  readonly toAt: number | null;
  readonly segments: { readonly count: number; readonly entries: number; readonly readings: number; readonly bytes: number };
  /** Entries that are not sealed. */
  readonly rows: { readonly count: number };
  /** Bytes of the files of the data folder. */
  readonly files: { readonly log: number; readonly writeAhead: number; readonly history: number };
};

/**
 * Reads the figures of the log at `path`. Changes nothing, and may run while a hub uses the folder.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export function readLogStats(path: string): LogStats {
  using log = openInspection(path);
  const segments = log.table.list();
  const rows = log.database.prepare('SELECT count(*) AS count, min(lsn) AS first, max(lsn) AS head FROM entries').get();
  const run = JSON.parse(String(log.database.prepare("SELECT text FROM facts WHERE name = 'run'").get()?.['text'] ?? '{}')) as {
    readonly epoch?: Epoch;
  };
  const [oldest, newest] = [segments.at(0), segments.at(-1)];
  const head = Math.max(newest?.last ?? 0, Number(rows?.['head'] ?? 0));
  const first = oldest?.first ?? Number(rows?.['first'] ?? head + 1);
  const timeOf = (lsn: Lsn): number | null => log.reader.read(lsn - 1, 1, 0)[0]?.at ?? null;
  const total = (of: 'readings' | 'bytes'): number => segments.reduce((sum, segment) => sum + segment[of], 0);
  return {
    epoch: run.epoch ?? '',
    first,
    head,
    fromAt: first > head ? null : timeOf(first),
    toAt: first > head ? null : timeOf(head),
    segments: {
      count: segments.length,
      entries: segments.reduce((sum, segment) => sum + segment.last - segment.first + 1, 0),
      readings: total('readings'),
      bytes: total('bytes'),
    },
    rows: { count: Math.min(Number(rows?.['count'] ?? 0), head - (newest?.last ?? first - 1)) },
    files: { log: sizeOf(path), writeAhead: sizeOf(`${path}-wal`), history: sizeOf(join(dirname(path), 'history.db')) },
  };
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
