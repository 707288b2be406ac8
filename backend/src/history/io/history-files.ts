import { existsSync, renameSync, rmSync } from 'node:fs';

/**
 * Moves the files of a history away: `history.db` becomes `history.db.damaged`. One of each sort is kept. It is closed
 * before, in this process too.
 */
export function setHistoryAside(path: string, as: 'damaged' | 'newer'): void {
  for (const suffix of ['', '-wal', '-shm']) {
    const target = `${path}.${as}${suffix}`;
    rmSync(target, { force: true });
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, target);
  }
}
