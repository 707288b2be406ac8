/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { constants, setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { sealLimits, sealNext } from './seal-next.ts';
import { openSegmentFiles, toSegmentFolder } from './segment-files.ts';

const path = String(workerData);
// On Linux the priority is that of this thread alone. Control comes first on a computer with one core.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

parentPort?.on('message', (order) => {
  if (order === 'end') {
    parentPort?.close();
    return;
  }
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    parentPort?.postMessage(sealNext(database, path, openSegmentFiles(toSegmentFolder(path)), sealLimits));
  } finally {
    database.close();
  }
});
