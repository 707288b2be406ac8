import { existsSync, rmSync, statfsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reserveBytes, spaceLimits, type DataSpace } from '../disk-space.ts';

const chunk = Buffer.alloc(1024 * 1024, 0x5a);

/** The disk under a data folder. The reserve is a file of real bytes, `reserve`, since a sparse file holds no room. */
export const openDataSpace = (folder: string): DataSpace => {
  const [path, growing] = [join(folder, 'reserve'), join(folder, 'reserve.new')];
  const free = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  const reserve = { isWanted: false, isGrowing: false };

  /** Chunk by chunk, away from the hub's thread. */
  const grow = async (): Promise<void> => {
    const file = await open(growing, 'w', 0o600);
    try {
      for (let written = 0; written < reserveBytes && reserve.isWanted; written += chunk.length) await file.write(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    if (reserve.isWanted) await rename(growing, path);
    else await rm(growing, { force: true });
  };

  return {
    free,
    keepReserve: () => {
      reserve.isWanted = true;
      if (reserve.isGrowing || existsSync(path) || free() < reserveBytes + 2 * spaceLimits.full) return;
      reserve.isGrowing = true;
      grow()
        // A disk that takes no reserve is met without one; the next look tries again.
        .catch(() => rm(growing, { force: true }))
        .finally(() => {
          reserve.isGrowing = false;
        });
    },
    releaseReserve: () => {
      reserve.isWanted = false;
      const isThere = existsSync(path);
      rmSync(path, { force: true });
      return isThere;
    },
  };
};
