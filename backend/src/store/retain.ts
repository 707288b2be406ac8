import { alarmIds, reasonOf, type EntryDraft, type Lsn } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import { planCut, type RetainLimits } from '../log/retention.ts';
import type { Retained } from './hub-store.ts';
import type { LogMark, StoreDisk } from './store-disk.ts';
import { findOversize } from './stored-bytes.ts';

/** What one entry takes beyond its text. */
export const rowOverhead = 64;

type RetainParts = {
  readonly disk: StoreDisk;
  readonly log: FrameLog;
  readonly within: <T>(work: () => T) => T;
  readonly up: () => number;
  /** Where the text of the next entry begins. */
  readonly offset: () => number;
  /** The numbers up to `to` are gone. */
  readonly cut: (to: Lsn) => void;
};

/** Makes the function that removes what has been kept long enough, a slice at a call. */
export const createRetain =
  ({ disk, log, within, up, offset, cut }: RetainParts) =>
  ({ maxAgeMs, maxBytes, floor }: RetainLimits): Retained => {
    const marks = disk.entries.marks();
    const lastWhere = (holds: (mark: LogMark) => boolean): Lsn => {
      // Sealed entries go by whole segments: to look into one costs more than it would free.
      const sealed = marks.findLast(holds);
      let low = Math.max(log.first - 1, sealed?.lsn ?? 0);
      if (sealed !== marks.at(-1)) return low;
      let high = log.head;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const [row] = disk.entries.read(middle - 1, 1, 0);
        if (row !== undefined && holds(row)) low = middle;
        else high = middle - 1;
      }
      return low;
    };
    const rowsBytes = offset() - (marks.at(-1)?.offset ?? 0);
    const toOversize = (): Lsn =>
      marks.length === 0 || rowsBytes > maxBytes
        ? lastWhere((row) => offset() - row.offset > maxBytes)
        : Math.max(log.first - 1, findOversize(marks, offset(), maxBytes));
    const newest = disk.checkpoints.headers();
    const scopes = new Set([...disk.cursors.scopes(), ...newest.map(({ scope }) => scope)]);
    const oldestUp = up() - maxAgeMs;
    const from = log.first;
    const plan = planCut(
      {
        first: from,
        head: log.head,
        aged: lastWhere((row) => row.up < oldestUp),
        oversize: toOversize(),
        checkpoints: [...scopes].map((scope) => ({ scope, cursor: newest.findLast((header) => header.scope === scope)?.cursor ?? null })),
      },
      floor,
    );
    if (plan.to < from) return { cut: null, isMore: false, alarm: null };
    within(() => {
      disk.entries.cut(plan.to);
      disk.commands.forget(plan.to);
      for (const { scope, cursor } of newest) if (cursor < plan.to) disk.checkpoints.remove(scope, cursor);
      cut(plan.to);
      if (plan.isForced) log.append([{ kind: 'gap', from, to: plan.to, why: reasonOf('log/size-limit') }]);
    });
    return { cut: { from, to: plan.to }, isMore: plan.isMore, alarm: plan.isForced ? sizeAlarm : null };
  };

const sizeAlarm: Extract<EntryDraft, { kind: 'alarm' }> = {
  kind: 'alarm',
  alarm: alarmIds.log('size-limit'),
  state: 'active',
  priority: 'P3',
  by: { kind: 'hub' },
  why: reasonOf('log/needed-entries-removed'),
};
