import { closeSync, openSync, writeSync } from 'node:fs';
import { Fault } from '@phloem/protocol';
import type { LedgerEntry } from '../ledger.ts';

/** A file to which entries are appended, one line of JSON each, before anybody is answered. */
export type LedgerFile = { keep(entry: LedgerEntry): void; close(): void };

/**
 * Opens the file of a ledger; what is in it stays.
 *
 * @throws Fault `store/unwritable`
 */
export const openLedgerFile = (path: string): LedgerFile => {
  const file = open(path);
  return { keep: (entry) => void writeSync(file, `${JSON.stringify(entry)}\n`), close: () => closeSync(file) };
};

const open = (path: string): number => {
  try {
    return openSync(path, 'a');
  } catch (cause) {
    throw new Fault('store/unwritable', `the ledger ${path} cannot be written; choose a file in a folder that can`, { cause });
  }
};
