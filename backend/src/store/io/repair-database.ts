import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Fault, toIsoText } from '@phloem/protocol';
import { findDamage } from './check-database.ts';
import type { Salvaged } from '../salvaged.ts';
import { salvageDatabase } from './salvage-database.ts';
import { openSegmentFiles, toSegmentFolder } from './segments/segment-files.ts';

/** What was wrong with a database, in SQLite's words, and what was saved of it. */
export type Repair = Salvaged & { readonly damage: string };

/** Stands beside the database once damage was met while the hub ran: the next start checks it, whatever its size. */
const toMarker = (path: string): string => `${path}.check`;

/** Asks the next start to check the whole database. */
export const requestCheck = (path: string): void => writeFileSync(toMarker(path), '');

/**
 * Checks the database of a data folder, and repairs it where it is damaged. The caller holds the folder's lock.
 *
 * @param most the size in bytes up to which it is checked unasked.
 * @returns what was repaired; null when nothing was.
 * @throws Fault `store/missing` when the folder was in use and the database is gone.
 */
export function repairWhereNeeded(path: string, most: number): Repair | null {
  if (!existsSync(path)) {
    if (existsSync(toSeen(path)) || openSegmentFiles(toSegmentFolder(path)).list().length > 0) throw missingFault(path);
    return null;
  }
  const isAsked = existsSync(toMarker(path));
  const { size } = statSync(path);
  if (size === 0 || (size > most && !isAsked)) return null;
  const damage = findDamage(path);
  const repair = damage === null ? null : { damage, ...salvageDatabase(path, toSuffix(Date.now())) };
  if (isAsked) rmSync(toMarker(path), { force: true });
  return repair;
}

/** Lets a folder whose database is gone begin a new, empty log. Its segments are kept beside it. */
export function forgetMissing(path: string): void {
  const segments = toSegmentFolder(path);
  if (existsSync(segments)) renameSync(segments, `${segments}.${toSuffix(Date.now())}`);
  rmSync(toSeen(path), { force: true });
}

const toSeen = (path: string): string => `${path.replace(/\.db$/, '')}.seen`;

/** `damaged-20261130T101530Z`: sorts by time, and can be typed. */
const toSuffix = (now: number): string => `damaged-${toIsoText(now).replace(/[-:]|\.\d+/g, '')}`;

const missingFault = (path: string): Fault =>
  new Fault(
    'store/missing',
    `${path} is missing, but this folder was in use. Put the file back, or begin an empty log with "phloem repair --accept-empty-log".`,
  );
