import type { Lsn } from '@phloem/protocol';
import type { FoundRow } from '../../../log/decode-rows.ts';
import { Segment } from '../../../log/segments/open-segment.ts';
import { tryDamaged } from '../segments/segment-reader.ts';
import type { SegmentRow } from '../segments/segment-table.ts';
import { segmentTools, toSegmentHash } from '../segments/segment-tools.ts';
import { openInspection, type Inspection } from './open-inspection.ts';

/** Something in a log that is not as it was written; `file` names a segment. Both numbers are included. */
export type LogProblem = {
  readonly kind: 'segment-missing' | 'segment-altered' | 'segment-damaged' | 'chain-broken' | 'entries-missing' | 'entries-damaged';
  readonly file: string | null;
  readonly from: Lsn;
  readonly to: Lsn;
};

/** What a check of a log has looked at, and what it found. */
export type LogCheck = { readonly entries: number; readonly segments: number; readonly problems: readonly LogProblem[] };

const slice = { entries: 4096, bytes: 4 * 1024 * 1024 };

/**
 * Reads the whole log at `path`: each segment against its checksums, its hash and the hash that the next one names, each other entry
 * against its checksum, and whether a number is missing. Changes nothing, and may run while a hub uses the folder.
 *
 * @param onProgress receives the share that is done, from 0 to 1.
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable`, `store/damaged` when the database itself cannot be read.
 */
export function verifyLog(path: string, onProgress: (share: number) => void = () => undefined): LogCheck {
  using log = openInspection(path);
  const segments = log.table.list();
  const head = Math.max(
    segments.at(-1)?.last ?? 0,
    Number(log.database.prepare('SELECT max(lsn) AS head FROM entries').get()?.['head'] ?? 0),
  );
  const problems: LogProblem[] = [];
  let [entries, before] = [0, null as (SegmentRow & { readonly isIntact: boolean }) | null];
  for (const [index, row] of segments.entries()) {
    const found = checkSegment(log, row, before);
    problems.push(...found);
    entries += found.some(({ kind }) => kind !== 'entries-missing' && kind !== 'chain-broken') ? 0 : row.last - row.first + 1;
    before = { ...row, isIntact: found.length === 0 };
    onProgress((index + 1) / (segments.length + 1));
  }
  const rows = checkRows(log, before?.last ?? null, head);
  onProgress(1);
  return { entries: entries + rows.entries, segments: segments.length, problems: [...problems, ...rows.problems] };
}

function checkSegment({ table, files }: Inspection, row: SegmentRow, before: SegmentRow | null): readonly LogProblem[] {
  const { file, first: from, last: to } = row;
  const problem = (kind: LogProblem['kind'], range = { from, to }): LogProblem => ({ kind, file, ...range });
  const problems: LogProblem[] = [];
  if (before !== null && from !== before.last + 1) {
    problems.push({ ...problem('entries-missing', { from: before.last + 1, to: from - 1 }), file: null });
  }
  const content = tryDamaged(() => files.read(file));
  if (content === null) {
    // The hub may have removed it since the table was read.
    const isListed = table.list().some((listed) => listed.file === file);
    return isListed ? [...problems, problem('segment-missing')] : problems;
  }
  const footer = tryDamaged(() => readWhole(content));
  if (footer === null || footer.last !== to || footer.first > from) return [...problems, problem('segment-damaged')];
  if (toSegmentHash(content) !== row.hash) return [...problems, problem('segment-altered')];
  if (before !== null && footer.first === before.last + 1 && footer.previous !== before.hash) problems.push(problem('chain-broken'));
  return problems;
}

/** Decodes everything in a segment. Throws `SegmentDamage`. */
function readWhole(content: Uint8Array): Segment['footer'] {
  const segment = new Segment(content, segmentTools);
  segment.read(segment.footer.first - 1, Infinity, Infinity);
  return segment.footer;
}

/** The entries behind the segments. What is sealed meanwhile is read where it is then. */
function checkRows({ reader }: Inspection, sealed: Lsn | null, head: Lsn): Pick<LogCheck, 'entries' | 'problems'> {
  const problems: LogProblem[] = [];
  const note = (kind: LogProblem['kind'], from: Lsn, to: Lsn): void => {
    const last = problems.at(-1);
    if (last?.kind === kind && last.to === from - 1) problems[problems.length - 1] = { ...last, to };
    else problems.push({ kind, file: null, from, to });
  };
  let [entries, after] = [0, sealed];
  for (;;) {
    const rows: readonly FoundRow[] = reader.read(after ?? 0, slice.entries, slice.bytes);
    for (const { lsn, body } of rows) {
      if (lsn > head) return { entries, problems };
      if (after !== null && lsn !== after + 1) note('entries-missing', after + 1, lsn - 1);
      if (body === null) note('entries-damaged', lsn, lsn);
      else entries += 1;
      after = lsn;
    }
    if (rows.length === 0) return { entries, problems };
  }
}
