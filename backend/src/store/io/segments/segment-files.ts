import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The files of the segments, one operation at a time; a test that cuts the power takes the place of it. */
export type SegmentFiles = {
  /** Writes a file and syncs its content. */
  readonly write: (name: string, content: Uint8Array) => void;
  readonly rename: (from: string, to: string) => void;
  /** Until then a power cut can undo what was renamed or removed. */
  readonly syncFolder: () => void;
  readonly remove: (name: string) => void;
  readonly read: (name: string) => Uint8Array;
  readonly list: () => readonly string[];
};

/** The files in this folder, which is made when it is needed. */
export const openSegmentFiles = (folder: string): SegmentFiles => ({
  write: (name, content) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(join(folder, name), 'w', 0o600);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  rename: (from, to) => renameSync(join(folder, from), join(folder, to)),
  syncFolder: () => {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  remove: (name) => rmSync(join(folder, name), { force: true }),
  read: (name) => readFileSync(join(folder, name)),
  list: () => (existsSync(folder) ? readdirSync(folder) : []),
});

/** Where the segments of a database are: `…/segments` beside `…/hub.db`. */
export const toSegmentFolder = (path: string): string => join(path, '..', 'segments');

/** The name of a finished segment; one that is being written ends in `.new`. */
export const toSegmentName = (first: number, last: number): string => `${pad(first)}-${pad(last)}.seg`;
const pad = (lsn: number): string => String(lsn).padStart(12, '0');
