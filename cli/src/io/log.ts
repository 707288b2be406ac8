import { dataFiles } from '@phloem/backend/client';
import { readLogStats, verifyLog } from '@phloem/backend/data-folder';
import { toCheckLines, toStatsLines } from '../log/log-lines.ts';
import { printJson, printLines, printNote } from './print.ts';

type LogOptions = { readonly data: string; readonly json: boolean };

/** People learn how far it is so often. */
const noteEveryMs = 5000;

/**
 * Reads the whole log of a data folder and prints what is not as it was written. The exit code is 2 when there is something.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export const verifyData = ({ data, json }: LogOptions): void => {
  let notedAt = Date.now();
  const check = verifyLog(dataFiles(data).store, (share) => {
    if (Date.now() < notedAt + noteEveryMs) return;
    notedAt = Date.now();
    printNote(`${Math.floor(share * 100)} % of the log read`);
  });
  if (json) printJson(check, 2);
  else printLines(toCheckLines(check));
  if (check.problems.length > 0) process.exitCode = 2;
};

/**
 * Prints how large the log of a data folder is, and how far back it goes.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export const showStats = ({ data, json }: LogOptions): void => {
  const stats = readLogStats(dataFiles(data).store);
  if (json) printJson(stats, 2);
  else printLines(toStatsLines(stats));
};
