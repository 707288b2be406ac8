import { createParse, isFault, type Entry, type EntryDraft, type Epoch, type Lsn, type Term } from '@phloem/protocol';
import { Subject } from 'rxjs';
import { Type } from 'typebox';
import { decodeRows, toEntry, type FoundRow, type StoredRow } from '../log/decode-rows.ts';
import type { FrameLog, ReadLimit } from '../log/frame-log.ts';
import type { ClockAtStart, HubClockFrom } from '../log/hub-clock.ts';
import { toEpoch, toEpochAtStart, type LastRun } from '../log/lineage.ts';
import { toCheckpointsToDrop } from '../log/retention.ts';
import { createTailRing } from '../log/tail-ring.ts';
import type { HubStore, StoredSnapshot } from './hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { createRecentCommands } from './recent-commands.ts';
import { createRetain, rowOverhead } from './retain.ts';
import type { StoreDisk } from './store-disk.ts';
import { toStoredBytes } from './stored-bytes.ts';
import { createSyncs } from './syncs.ts';

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

type StoredRun = LastRun & { readonly upMinusKernel: number | null };

/** At a start this many entries are read into the ring: readers that come back are not far behind. */
const preload = 2048;

/** Opens the hub's store over a disk: all its rules, the same for every disk. */
export function openHubStore({
  disk,
  clock: clockOrHow,
  random,
  bootId,
  ringBytes = 32 * 1024 * 1024,
  makeRoom = () => false,
}: HubStoreParts): HubStore {
  const ring = createTailRing(ringBytes);
  const heads = new Subject<Lsn>();
  const bounds = disk.entries.bounds();
  let head: Lsn = bounds?.last ?? 0;
  let first: Lsn = bounds?.first ?? head + 1;
  let isClosed = false;
  let isInTransaction = false;
  let mustSync = false;
  let isTelling = false;
  let told: Lsn = head;

  const newest = disk.entries.read(head - 1, 1, 0).at(0);
  let upNow = newest?.up ?? 0;
  let offset = newest === undefined ? 0 : newest.offset + rowOverhead + (newest.body?.length ?? 0);
  const lastRun = parseRun(disk.facts.get('run'));
  const found = { head, isIntact: newest?.body !== null, seen: disk.seen.get(), file: disk.file };
  const opening = toEpochAtStart(lastRun, found, bootId, () => toEpoch(random));
  const epoch: Epoch = opening.epoch;
  let lineage = opening.lineage;
  const { clock, upMinusKernel } = toClock();
  const run: StoredRun = { epoch, lineage, bootId, cleanHead: null, file: disk.file, upMinusKernel };
  disk.transact(() => disk.facts.set('run', JSON.stringify(run)));
  // The start is on disk before anything new is: or else a power cut could bring back the orderly stop before it.
  disk.syncNow();
  disk.seen.set({ epoch, lsn: head });
  const syncs = createSyncs(disk, () => head);
  const commands = createRecentCommands(disk.commands);
  let term = Number(disk.facts.get('term') ?? 0);
  for (const row of toUnbrokenEnd(disk.entries.read(Math.max(0, head - preload), preload, Infinity))) {
    ring.push(row, toEntry(row));
  }

  function toClock(): ClockAtStart {
    if (typeof clockOrHow !== 'function') return { clock: clockOrHow, upMinusKernel: null };
    const past = newest && {
      at: newest.at,
      up: newest.up,
      isSameBoot: lastRun?.bootId === bootId,
      upMinusKernel: lastRun?.upMinusKernel ?? null,
    };
    return clockOrHow(past ?? null);
  }

  const assertOpen = (): void => {
    if (isClosed) throw new Error('the store is closed');
  };

  const upSoFar = (): number => Math.max(upNow, clock.up());

  const emitHead = (): void => {
    // A reader that appends while it is notified of a head must not let others hear of the older head last.
    if (isTelling) return;
    isTelling = true;
    try {
      while (told !== head) {
        told = head;
        heads.next(head);
      }
    } finally {
      isTelling = false;
    }
  };

  const transact = <T>(work: () => T): T => {
    assertOpen();
    if (isInTransaction) throw new Error('a transaction is not re-entrant');
    const before = { head, first, term, upNow, offset, lineage };
    isInTransaction = true;
    mustSync = false;
    let result: T;
    try {
      result = disk.transact(work);
    } catch (error) {
      ({ head, first, term, upNow, offset, lineage } = before);
      ring.dropAfter(head);
      commands.forget();
      throw error;
    } finally {
      isInTransaction = false;
    }
    if (head !== before.head) disk.seen.set({ epoch, lsn: head });
    try {
      if (mustSync) {
        disk.syncNow();
        syncs.reached(head);
      }
    } finally {
      emitHead();
    }
    return result;
  };

  /** Work of this file alone can be done again: it changes nothing but the disk and what `transact` puts back. */
  const within = <T>(work: () => T): T => {
    if (isInTransaction) return work();
    try {
      return transact(work);
    } catch (error) {
      if (!isFault(error, 'store/full') || !makeRoom()) throw error;
      return transact(work);
    }
  };

  const append = (drafts: readonly EntryDraft[]): readonly Entry[] => {
    assertOpen();
    if (drafts.length === 0) return [];
    return within(() => {
      const at = clock.at();
      upNow = upSoFar();
      return drafts.map((draft) => {
        const row: StoredRow = { lsn: head + 1, at, up: upNow, offset, body: JSON.stringify(draft) };
        disk.entries.append(row);
        const entry = toEntry(row);
        head = row.lsn;
        offset += rowOverhead + row.body.length;
        ring.push(row, entry);
        return entry;
      });
    });
  };

  const readDisk = (after: Lsn, limit: ReadLimit): readonly Entry[] => {
    const last = (ring.first ?? head + 1) - 1;
    for (let from = after; from < last; from += limit.entries) {
      const rows = disk.entries.read(from, limit.entries, limit.bytes);
      if (rows.length > 0) return decodeRows(rows, after, first);
    }
    // Nothing can be read from here to the ring: a reader that learns nothing would take this for the tail.
    return [{ lsn: last, at: clock.at(), up: upNow, kind: 'gap', from: after + 1, to: last, why: 'damaged on disk' }];
  };

  const log: FrameLog = {
    epoch,
    get lineage() {
      return lineage;
    },
    get first() {
      return first;
    },
    get head() {
      return head;
    },
    append,
    read: (after, limit) => {
      assertOpen();
      if (after >= head || limit.entries < 1) return [];
      return ring.read(after, limit) ?? readDisk(after, limit);
    },
    head$: heads.asObservable(),
  };

  const checkpointOf = (scope: string, cursor: Lsn) => disk.checkpoints.get(scope, cursor) ?? [];

  return {
    log,
    clock: { at: () => clock.at(), up: () => Math.max(upNow, clock.up()) },
    transact,
    cursors: { get: (scope) => disk.cursors.get(scope), set: (scope, cursor) => within(() => disk.cursors.set(scope, cursor)) },
    terms: {
      get last() {
        return term;
      },
      raise: (): Term =>
        within(() => {
          term += 1;
          disk.facts.set('term', String(term));
          mustSync = true;
          return term;
        }),
    },
    commands: {
      get: commands.get,
      put: (record) => within(() => commands.put(record)),
      open: () => disk.commands.open(),
    },
    sources: { get: (source) => disk.sources.get(source), put: (source, record) => within(() => disk.sources.put(source, record)) },
    namedCursors: {
      get: (name) => disk.namedCursors.get(name),
      list: () => disk.namedCursors.list(),
      put: (cursor) => within(() => disk.namedCursors.put(cursor)),
      remove: (name) => within(() => disk.namedCursors.remove(name)),
    },
    documents: { get: (hash) => disk.documents.get(hash), put: (hash, text) => within(() => disk.documents.put(hash, text)) },
    checkpoints: {
      newest: (scope) => {
        const newest = disk.checkpoints.headers().findLast((header) => header.scope === scope);
        return newest === undefined ? null : disk.checkpoints.get(scope, newest.cursor);
      },
      list: (scope) =>
        disk.checkpoints
          .headers()
          .filter((header) => header.scope === scope)
          .flatMap(({ cursor }) => checkpointOf(scope, cursor)),
      put: (checkpoint) =>
        within(() => {
          disk.checkpoints.put(checkpoint);
          for (const drop of toCheckpointsToDrop(disk.checkpoints.headers().filter(({ scope }) => scope === checkpoint.scope))) {
            disk.checkpoints.remove(drop.scope, drop.cursor);
          }
        }),
    },
    standing: {
      get: () => {
        const text = disk.facts.get('standing');
        const stored = text === null ? null : (JSON.parse(text) as StoredSnapshot);
        return stored === null || stored.lsn > head ? null : stored;
      },
      put: (standing) => within(() => disk.facts.set('standing', JSON.stringify(standing))),
    },
    retain: createRetain({
      disk,
      log,
      within,
      up: upSoFar,
      offset: () => offset,
      cut: (to) => {
        commands.forget();
        first = to + 1;
        const kept = lineage.filter(({ end }) => end >= to);
        if (kept.length === lineage.length) return;
        lineage = kept;
        disk.facts.set('run', JSON.stringify({ ...run, lineage }));
      },
    }),
    behind: (lsn) => {
      const row = disk.entries.near(Math.max(lsn, first - 1));
      return row === null ? null : { ageMs: Math.max(0, upSoFar() - row.up), bytes: toStoredBytes(disk.entries.marks(), row, offset) };
    },
    size: () => {
      const oldest = disk.entries.near(first - 1);
      return { bytes: oldest === null ? 0 : toStoredBytes(disk.entries.marks(), oldest, offset), spare: disk.spare() };
    },
    get durable() {
      return syncs.durable;
    },
    durable$: syncs.durable$,
    sync: syncs.sync,
    close: () => {
      if (isClosed) return;
      disk.transact(() => disk.facts.set('run', JSON.stringify({ ...run, lineage, cleanHead: head })));
      disk.syncNow();
      isClosed = true;
      syncs.reached(head);
      syncs.close();
      heads.complete();
      disk.close();
    },
  };
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

const StoredRun = Type.Object({
  epoch: Type.String(),
  lineage: Type.Array(Type.Object({ epoch: Type.String(), end: Type.Number() })),
  bootId: Type.String(),
  cleanHead: Type.Union([Type.Number(), Type.Null()]),
  file: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  upMinusKernel: Type.Union([Type.Number(), Type.Null()]),
});
const parseStoredRun = createParse(StoredRun, 'the last run of the hub', 'store/damaged');

function parseRun(text: string | null): StoredRun | null {
  try {
    return text === null ? null : parseStoredRun(JSON.parse(text));
  } catch {
    // A run that cannot be read proves nothing: the log goes on under a new epoch.
    return null;
  }
}
