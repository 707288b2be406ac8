const MiB = 1024 * 1024;

/** Below `low` people are warned; below `full` the log stops growing; what is above `ample` is in order again. */
export const spaceLimits = { ample: 640 * MiB, low: 512 * MiB, full: 96 * MiB } as const;

/** How much of the disk is kept back for the moment in which it is full. */
export const reserveBytes = 32 * MiB;

/** How much room inside its own file the log keeps while the disk is full. */
export const spareBytes = 16 * MiB;

/** So much of the log is kept however full the disk is: a restart needs it. */
export const keptBytes = 16 * MiB;

/** How the disk of the data folder stands. */
export type SpaceLevel = 'ample' | 'low' | 'full';

/** The level of a disk with so many bytes free; between two limits it stays what it was. */
export const toSpaceLevel = (before: SpaceLevel, free: number): SpaceLevel => {
  if (free < spaceLimits.full) return 'full';
  if (free < spaceLimits.low) return before === 'full' && free < 2 * spaceLimits.full ? 'full' : 'low';
  return before === 'ample' || free >= spaceLimits.ample ? 'ample' : 'low';
};

/** The disk under a data folder, and what can be done about its room. */
export type DataSpace = {
  /** Bytes that this process may still write; Infinity where nobody knows. */
  free(): number;
  /** Sets `reserveBytes` aside, unless they are or there is no room for them. */
  keepReserve(): void;
  /** Gives the reserve back to the disk. Returns whether there was one. */
  releaseReserve(): boolean;
};

/** Room without end, for stores that are not on a disk. */
export const endlessSpace: DataSpace = { free: () => Infinity, keepReserve: () => undefined, releaseReserve: () => false };
