/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { constants, setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { sealNext, type SealLimits } from './seal-next.ts';
import { openSegmentFiles, toSegmentFolder } from './segment-files.ts';

const { path, limits } = workerData as { readonly path: string; readonly limits: SealLimits };
// On Linux the priority is that of this thread alone. Control comes first on a computer with one core, and a busy one
// still seals.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on('message', (order) => {
  if (order === 'end') {
    parentPort?.close();
    return;
  }
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    parentPort?.postMessage(sealNext(database, path, openSegmentFiles(toSegmentFolder(path)), limits));
  } finally {
    database.close();
  }
});
