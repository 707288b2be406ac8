import { Fault } from '@phloem/protocol';

/** What SQLite or the file system says, as a `Fault`; anything else as it is. `path` is what the sentence names. */
export function toStoreFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof Fault) return error;
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The lower byte is the primary code: https://sqlite.org/rescode.html
    switch (error.errcode & 0xff) {
      case 5:
      case 6:
        return lockedFault(path, error);
      case 11:
      case 26:
        return new Fault('store/damaged', `${path} is damaged: ${error.message}. Move it away, or replace it with a backup.`, {
          cause: error,
        });
      case 13:
        return fullFault(path, error);
      case 8:
      case 10:
      case 14:
        return unwritableFault(path, error);
    }
  }
  if ('code' in error && error.code === 'ENOSPC') return fullFault(path, error);
  if ('syscall' in error && 'code' in error) return unwritableFault(path, error);
  return error;
}

/** Another process works on the same data. */
export const lockedFault = (path: string, cause?: unknown): Fault =>
  new Fault('store/locked', `Another hub uses the data in ${path}. Stop it, or name another folder with --data.`, { cause });

const fullFault = (path: string, cause: Error): Fault =>
  new Fault('store/full', `There is no room left on the disk for ${path}. Free some space; the hub continues by itself.`, { cause });

const unwritableFault = (path: string, cause: Error): Fault =>
  new Fault('store/unwritable', `${path} cannot be written (${cause.message}). Check the folder's owner and the room left on its disk.`, {
    cause,
  });

/** Claims that SQLite found a page that is not what it must be. */
export const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 11;
