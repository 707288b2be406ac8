import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault, renderReason } from '@phloem/protocol';
import { forgetMissing, openDataLock, repairWhereNeeded, toRepairReason } from '@phloem/backend/data-folder';
import { dataFiles } from '@phloem/backend/client';
import { printText } from './print.ts';

const say = printText;

/**
 * Checks the whole log of a data folder that no hub uses, and repairs it where it is damaged.
 *
 * @throws Fault `store/locked` while a hub uses the folder, `store/missing` when its log is gone and nobody accepts that.
 */
export const repairData = ({ data, acceptEmptyLog }: { readonly data: string; readonly acceptEmptyLog: boolean }): void => {
  const { store } = dataFiles(data);
  if (!existsSync(data)) throw new Fault('cli/usage', `there is no folder ${data}; name the data folder with --data`);
  const lock = openDataLock(join(dirname(store), 'hub.lock'));
  try {
    if (acceptEmptyLog && !existsSync(store)) {
      forgetMissing(store);
      say('The next start of the hub begins an empty log. It needs its rules again: phloem push <folder>.');
      return;
    }
    const repair = repairWhereNeeded(store, Infinity);
    say(repair === null ? `${store} is not damaged.` : renderReason(toRepairReason(repair), { time: String }));
  } finally {
    lock.close();
  }
};
