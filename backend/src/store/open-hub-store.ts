import { type Epoch } from '@phloem/protocol';
import { toEntry, type FoundRow, type StoredRow } from '../log/decode-rows.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { ClockAtStart, HubClock, HubClockFrom } from '../log/hub-clock.ts';
import { toEpoch, toEpochAtStart } from '../log/lineage.ts';
import { createTailRing } from '../log/tail-ring.ts';
import type { HubStore } from './hub-store.ts';
import { LogWriter, type LogMarks } from './log-writer.ts';
import { createRecentCommands } from './recent-commands.ts';
import { createRetain, rowOverhead } from './retain.ts';
import type { StoreDisk } from './store-disk.ts';
import { createStoreTables, type Within } from './store-tables.ts';
import { toStoredBytes } from './stored-bytes.ts';
import { parseStoredRun, type StoredRun } from './stored-run.ts';

/** What a store is opened over. */
export type HubStoreParts = {
  readonly disk: StoreDisk;
  /** The hub's clocks, or how to make them from the newest stored entry. */
  readonly clock: HubClock | HubClockFrom;
  readonly random: () => number;
  /** Names this boot of the machine. */
  readonly bootId: string;
  /** How much heap the newest entries may take; 32 MiB when not said. */
  readonly ringBytes?: number;
  /** Makes room on a full disk; what was to be stored is then tried once more. Returns whether it could. */
  readonly makeRoom?: () => boolean;
};

/** At a start this many entries are read into the ring: readers that come back are not far behind. */
const preload = 2048;

/** Opens the hub's store over a disk: all its rules, the same for every disk. */
export function openHubStore({ disk, ringBytes = 32 * 1024 * 1024, makeRoom = () => false, ...parts }: HubStoreParts): HubStore {
  const { run, marks, clock } = beginRun({ disk, ...parts });
  const ring = createTailRing(ringBytes);
  const commands = createRecentCommands(disk.commands);
  const { epoch } = run;
  const writer = new LogWriter({ disk, clock, ring, commands, makeRoom, epoch, marks });
  for (const row of toUnbrokenEnd(disk.entries.read(Math.max(0, marks.head - preload), preload, Infinity))) {
    ring.push(row, toEntry(row));
  }
  const log = toLog(writer, epoch);
  const within: Within = (work) => writer.within(work);
  const keepRun = (change: Partial<StoredRun>): void =>
    disk.facts.set('run', JSON.stringify({ ...run, lineage: writer.marks.lineage, ...change }));
  const { syncs } = writer;
  return {
    log,
    clock: { at: () => clock.at(), up: () => writer.up },
    transact: (work) => writer.transact(work),
    ...createStoreTables(disk, within, () => writer.marks.head),
    terms: {
      get last() {
        return writer.marks.term;
      },
      raise: () => writer.raiseTerm(),
    },
    commands: {
      get: commands.get,
      put: (record) => within(() => commands.put(record)),
      open: () => disk.commands.open(),
    },
    retain: createRetain({
      disk,
      log,
      within,
      up: () => writer.up,
      offset: () => writer.marks.offset,
      cut: (to) => {
        if (writer.cut(to)) keepRun({});
      },
    }),
    ...createSizes(disk, writer),
    get durable() {
      return syncs.durable;
    },
    durable$: syncs.durable$,
    sync: syncs.sync,
    close: () => {
      if (writer.isClosed) return;
      disk.transact(() => keepRun({ cleanHead: writer.marks.head }));
      disk.syncNow();
      writer.close();
      disk.close();
    },
  };
}

/** The log as its readers have it. */
const toLog = (writer: LogWriter, epoch: Epoch): FrameLog => ({
  epoch,
  get lineage() {
    return writer.marks.lineage;
  },
  get first() {
    return writer.marks.first;
  },
  get head() {
    return writer.marks.head;
  },
  append: (drafts) => writer.append(drafts),
  read: (after, limit) => writer.read(after, limit),
  head$: writer.head$,
});

/** How much is stored, and how far back a reader is. */
const createSizes = (disk: StoreDisk, writer: LogWriter): Pick<HubStore, 'behind' | 'sealed' | 'size'> => ({
  behind: (lsn) => {
    const { first, offset } = writer.marks;
    const row = disk.entries.near(Math.max(lsn, first - 1));
    return row === null ? null : { ageMs: Math.max(0, writer.up - row.up), bytes: toStoredBytes(disk.entries.marks(), row, offset) };
  },
  sealed: () => {
    const marks = disk.entries.marks();
    const [oldest, newest] = [disk.entries.near(writer.marks.first - 1), marks.at(-1)];
    if (oldest === null || newest === undefined) return null;
    return { bytes: marks.reduce((sum, { bytes }) => sum + bytes, 0), ms: newest.up - oldest.up };
  },
  size: () => {
    const { first, offset } = writer.marks;
    const oldest = disk.entries.near(first - 1);
    return { bytes: oldest === null ? 0 : toStoredBytes(disk.entries.marks(), oldest, offset), spare: disk.spare() };
  },
});

/** Begins a run of the hub over what the disk has, under the old epoch where that is safe. */
function beginRun({ disk, clock: clockOrHow, random, bootId }: Pick<HubStoreParts, 'disk' | 'clock' | 'random' | 'bootId'>): {
  readonly run: StoredRun;
  readonly marks: LogMarks;
  readonly clock: HubClock;
} {
  const bounds = disk.entries.bounds();
  const head = bounds?.last ?? 0;
  const newest = disk.entries.read(head - 1, 1, 0).at(0);
  const lastRun = parseStoredRun(disk.facts.get('run'));
  const found = { head, isIntact: newest?.body !== null, seen: disk.seen.get(), file: disk.file };
  const { epoch, lineage } = toEpochAtStart(lastRun, found, bootId, () => toEpoch(random));
  const { clock, upMinusKernel } = toClock(clockOrHow, newest, lastRun, bootId);
  const run: StoredRun = { epoch, lineage, bootId, cleanHead: null, file: disk.file, upMinusKernel };
  disk.transact(() => disk.facts.set('run', JSON.stringify(run)));
  // The start is on disk before anything new is: or else a power cut could bring back the orderly stop before it.
  disk.syncNow();
  disk.seen.set({ epoch, lsn: head });
  return {
    run,
    clock,
    marks: {
      head,
      first: bounds?.first ?? head + 1,
      term: Number(disk.facts.get('term') ?? 0),
      up: newest?.up ?? 0,
      offset: newest === undefined ? 0 : newest.offset + rowOverhead + (newest.body?.length ?? 0),
      lineage,
    },
  };
}

function toClock(
  clockOrHow: HubStoreParts['clock'],
  newest: FoundRow | undefined,
  lastRun: StoredRun | null,
  bootId: string,
): ClockAtStart {
  if (typeof clockOrHow !== 'function') return { clock: clockOrHow, upMinusKernel: null };
  const past = newest && {
    at: newest.at,
    up: newest.up,
    isSameBoot: lastRun?.bootId === bootId,
    upMinusKernel: lastRun?.upMinusKernel ?? null,
  };
  return clockOrHow(past ?? null);
}

/** The rows after the last one that is damaged or missing. */
function toUnbrokenEnd(rows: readonly FoundRow[]): readonly StoredRow[] {
  const end: StoredRow[] = [];
  for (const { body, ...row } of rows.toReversed()) {
    if (body === null || row.lsn + 1 !== (end.at(-1)?.lsn ?? row.lsn + 1)) break;
    end.push({ ...row, body });
  }
  return end.toReversed();
}
